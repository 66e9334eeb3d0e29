"""Rules about endpoints: what serves what, how many, how a new model takes over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from trimtab.spec.diagnostic import Severity
from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.facts import DEPLOYMENT
from trimtab.spec.rules.registry import Context, Found, rule
from trimtab.spec.suggest import listed

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the latency histogram of the server that Trimtab brings, in seconds."""
ADAPTING = ("vllm", "sglang")
ONLINE_ONLY = ("expose", "capture", "slo", "rollout", "replicas", "server", "drain", "spread")


@rule("TT260")
def an_endpoint_answers_in_one_way(context: Context) -> Iterator[Found]:
    """It serves, works through datasets, or follows a stream."""
    for name, endpoint in context.spec.deployment.items():
        ways = [key for key in ("server", "batch", "stream") if getattr(endpoint, key)]
        if not ways and not endpoint.image:
            message = (
                f"nothing says what endpoint {name} runs: give it a `server`, `batch`, `stream` or an `image`"
            )
            yield Found((*DEPLOYMENT, name), message, on_key=True)
        if endpoint.batch and endpoint.stream:
            message = f"endpoint {name} has both `batch` and `stream`; make it two endpoints"
            yield Found((*DEPLOYMENT, name, "stream"), message, on_key=True)


@rule("TT261")
def batches_answer_nobody(context: Context) -> Iterator[Found]:
    """What is about answering requests means nothing to a batch."""
    for name, endpoint in context.spec.deployment.items():
        for key in ONLINE_ONLY if endpoint.batch else ():
            if context.wrote(*DEPLOYMENT, name, key):
                message = f"`{key}` is about answering requests, and endpoint {name} works through datasets"
                yield Found((*DEPLOYMENT, name, key), message, on_key=True)


@rule("TT262")
def a_server_of_ones_own_has_an_image(context: Context) -> Iterator[Found]:
    """`custom` is the endpoint's own image; the others bring theirs."""
    for name, endpoint in context.spec.deployment.items():
        if endpoint.server and endpoint.server.custom and not endpoint.image and not endpoint.code:
            message = f"a server of one's own needs the `image` of endpoint {name}"
            yield Found((*DEPLOYMENT, name, "server", "custom"), message, on_key=True)


@rule("TT263")
def adapters_fit_their_base(context: Context) -> Iterator[Found]:
    """An adapter is trained on the very model that it is served with."""
    for name, endpoint in context.spec.deployment.items():
        for index, adapter in enumerate(endpoint.adapters):
            training = context.spec.training.get(adapter)
            if training and training.base != endpoint.model:
                at = (*DEPLOYMENT, name, "adapters", index)
                base = f"`{training.base}`" if training.base else "no base"
                message = (
                    f"adapter `{adapter}` is trained on {base}, and endpoint {name} serves `{endpoint.model}`"
                )
                yield Found(at, message, (("the training is here", ("spec", "training", adapter)),))


@rule("TT264")
def servers_take_adapters(context: Context) -> Iterator[Found]:
    """Not every server can load adapters beside a model."""
    for name, endpoint in context.spec.deployment.items():
        chosen = endpoint.server.chosen if endpoint.server else None
        if endpoint.adapters and chosen not in (*ADAPTING, "custom", None):
            message = f"the server `{chosen}` takes no adapters; {listed(ADAPTING)} does"
            yield Found((*DEPLOYMENT, name, "server"), message, on_key=True)


@rule("TT265")
def base_models_need_a_server_for_them(context: Context) -> Iterator[Found]:
    """The server that Trimtab brings serves what trainings made."""
    for name, endpoint in context.spec.deployment.items():
        base = endpoint.model in context.spec.data.models
        if base and endpoint.server and endpoint.server.torch:
            message = (
                f"`{endpoint.model}` is a base model, and `torch` serves what a training of this spec made"
            )
            yield Found((*DEPLOYMENT, name, "server", "torch"), message, on_key=True)


@rule("TT266")
def a_range_of_replicas_has_a_target(context: Context) -> Iterator[Found]:
    """Something decides between the least and the most."""
    for name, endpoint in context.spec.deployment.items():
        replicas = endpoint.replicas
        if replicas.min < replicas.max and not replicas.target:
            message = f"`replicas` may be {replicas.min} to {replicas.max}, and no `target` decides which"
            yield Found(context.nearest(*DEPLOYMENT, name, "replicas", "max"), message)


@rule("TT257", Severity.WARNING)
def a_target_has_a_range(context: Context) -> Iterator[Found]:
    """Where the least is the most there is nothing to decide."""
    for name, endpoint in context.spec.deployment.items():
        replicas = endpoint.replicas
        if replicas.target and replicas.min == replicas.max:
            message = f"`target` decides nothing: there are always {replicas.min} replicas; raise `max`"
            at = (*DEPLOYMENT, name, "replicas", "target")
            yield Found(at, message, (_replicas_note(context, name, "max"),), on_key=True)


@rule("TT267")
def sleepers_can_be_woken(context: Context) -> Iterator[Found]:
    """At zero replicas there is no CPU whose use could be measured."""
    for name, endpoint in context.spec.deployment.items():
        replicas = endpoint.replicas
        chosen = replicas.target.chosen if replicas.target else None
        if replicas.min == 0 and replicas.max > 0 and chosen in ("cpu", "gpu"):
            message = (
                f"no replica means no {chosen} to measure, so nothing would wake it; use `requestsPerSecond`"
            )
            yield Found((*DEPLOYMENT, name, "replicas", "target", chosen), message, on_key=True)


@rule("TT268", Severity.WARNING)
def promises_are_kept_awake(context: Context) -> Iterator[Found]:
    """Who waits for the first replica to start waits longer than an objective allows."""
    for name, endpoint in context.spec.deployment.items():
        if endpoint.slo and endpoint.replicas.min == 0 and endpoint.replicas.max > 0:
            message = f"endpoint {name} may sleep, and who wakes it waits longer than its `slo` allows"
            at = (*DEPLOYMENT, name)
            yield Found((*at, "replicas", "min"), message, (("its objectives are here", (*at, "slo")),))


@rule("TT269", Severity.WARNING)
def availability_needs_a_spare(context: Context) -> Iterator[Found]:
    """One replica is down whenever its node is."""
    for name, endpoint in context.spec.deployment.items():
        slo = endpoint.slo
        if slo and slo.availability and slo.availability >= 0.99 and endpoint.replicas.min == 1:
            message = (
                f"one replica cannot keep {slo.availability * 100:g}% when its node is taken down; have two"
            )
            at = (*DEPLOYMENT, name)
            where = ("replicas", "min") if context.wrote(*at, "replicas") else ("slo",)
            note = ("its objective is here", (*at, "slo", "availability"))
            yield Found(context.nearest(*at, *where), message, (note,), on_key=True)


@rule("TT270")
def objectives_leave_room(context: Context) -> Iterator[Found]:
    """An objective of 100% has no budget for errors: every request that fails is an alarm."""
    for name, endpoint in context.spec.deployment.items():
        if endpoint.slo and endpoint.slo.availability == 1.0:
            message = "nothing is available 100% of the time; 99.9% leaves 43 minutes a month"
            yield Found((*DEPLOYMENT, name, "slo", "availability"), message)


@rule("TT271")
def latencies_rise_with_their_share(context: Context) -> Iterator[Found]:
    """The slowest percent cannot be faster than the slowest tenth."""
    for name, endpoint in context.spec.deployment.items():
        for kind in ("latency", "time_to_first_token", "time_per_token") if endpoint.slo else ():
            percentiles = getattr(endpoint.slo, kind)
            given = [
                (k, v) for k in ("p50", "p90", "p95", "p99", "p999") if (v := getattr(percentiles, k, None))
            ]
            for (low, first), (high, second) in pairwise(given):
                if second < first:
                    key = {"latency": "latency", "time_to_first_token": "timeToFirstToken"}.get(
                        kind, "timePerToken"
                    )
                    message = f"`{high}` ({second * 1000:g}ms) is below `{low}` ({first * 1000:g}ms)"
                    yield Found((*DEPLOYMENT, name, "slo", key, high), message)


@rule("TT272")
def latencies_are_measured(context: Context) -> Iterator[Found]:
    """A latency between two bounds of the server's histogram can only be guessed."""
    for name, endpoint in context.spec.deployment.items():
        latency = endpoint.slo.latency if endpoint.slo else None
        if not latency or not endpoint.server or not endpoint.server.torch:
            continue
        for key in ("p50", "p90", "p95", "p99", "p999"):
            bound = getattr(latency, key)
            if bound is not None and bound not in BUCKETS:
                near = [f"{b * 1000:g}ms" for b in sorted(BUCKETS, key=lambda b: abs(b - bound))[:2]]
                message = (
                    f"{bound * 1000:g}ms is no bound of the server's histogram; {listed(near, 'and')} are"
                )
                yield Found((*DEPLOYMENT, name, "slo", "latency", key), message)


@rule("TT273")
def canaries_rise_to_all(context: Context) -> Iterator[Found]:
    """Each step gives the new model more, the last one all."""
    for name, endpoint in context.spec.deployment.items():
        steps = (endpoint.rollout.canary if endpoint.rollout else None) or ()
        at = (*DEPLOYMENT, name, "rollout", "canary")
        for index, (before, after) in enumerate(pairwise(steps), 1):
            if after <= before:
                yield Found(
                    (*at, index), f"this step gives {after * 100:g}%, and the one before {before * 100:g}%"
                )
        if steps and steps[-1] < 1:
            message = f"the last step gives the new model {steps[-1] * 100:g}%, so it never takes over; end with `100%`"
            yield Found((*at, len(steps) - 1), message)


@rule("TT274")
def rollbacks_have_a_cause(context: Context) -> Iterator[Found]:
    """What sends requests back to the old model must be measured."""
    drift = {monitor.of for monitor in context.spec.monitoring.drift.values()}
    for name, endpoint in context.spec.deployment.items():
        for index, cause in enumerate(endpoint.rollout.rollback_on if endpoint.rollout else ()):
            at = (*DEPLOYMENT, name, "rollout", "rollbackOn", index)
            if cause == "slo" and not endpoint.slo:
                yield Found(at, f"endpoint {name} has no `slo` that could be missed")
            if cause == "drift" and name not in drift:
                yield Found(at, f"no monitor of `monitoring.drift` watches endpoint {name}")


@rule("TT275", Severity.WARNING)
def autoscaling_knows_its_share(context: Context) -> Iterator[Found]:
    """A share of the CPU asked for needs a CPU asked for."""
    for name, endpoint in context.spec.deployment.items():
        target = endpoint.replicas.target
        if target and target.cpu is not None and not endpoint.resources.cpu:
            message = f"`cpu: {target.cpu * 100:g}%` is a share of `resources.cpu`, which endpoint {name} does not say"
            yield Found((*DEPLOYMENT, name, "replicas", "target", "cpu"), message)


@rule("TT276")
def copies_stand_on_several(context: Context) -> Iterator[Found]:
    """Fewer copies cannot be spread over more places."""
    for name, endpoint in context.spec.deployment.items():
        for key in ("zones", "hosts"):
            places = getattr(endpoint.spread, key, None)
            least = endpoint.replicas.min
            if places and places > max(least, 1):
                copies = f"{least} replica{'s' if least != 1 else ''}"
                message = f"{copies} cannot be spread over {places} {key}; have {places} at least"
                note = _replicas_note(context, name)
                yield Found((*DEPLOYMENT, name, "spread", key), message, (note,))


def _replicas_note(context: Context, name: str, bound: str = "min") -> tuple[str, SpecPath]:
    return "their number is here", context.nearest(*DEPLOYMENT, name, "replicas", bound)


@rule("TT277")
def hosts_are_one_endpoints(context: Context) -> Iterator[Found]:
    """Two endpoints at one address: one of them is never reached."""
    seen: dict[tuple[str, str], str] = {}
    for name, endpoint in context.spec.deployment.items():
        if not endpoint.expose:
            continue
        address = (endpoint.expose.host, endpoint.expose.path.rstrip("/"))
        if other := seen.get(address):
            message = f"endpoint {other} has the address {''.join(address)} already"
            note = ("the other one", (*DEPLOYMENT, other, "expose"))
            yield Found((*DEPLOYMENT, name, "expose", "host"), message, (note,))
        seen.setdefault(address, name)


@rule("TT278")
def copies_take_turns(context: Context) -> Iterator[Found]:
    """Traffic cannot be divided among fewer than one copy of each model."""
    for name, endpoint in context.spec.deployment.items():
        rollout = endpoint.rollout
        if rollout and rollout.chosen and endpoint.replicas.max == 0:
            message = f"endpoint {name} is switched off (`replicas: 0`), so nothing is rolled out"
            note = _replicas_note(context, name)
            yield Found((*DEPLOYMENT, name, "rollout"), message, (note,), on_key=True)
