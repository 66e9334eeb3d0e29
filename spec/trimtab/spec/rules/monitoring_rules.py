"""Rules about what is watched: that it can be seen, and that it is the right thing."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import unknown
from trimtab.spec.rules.facts import DEPLOYMENT, MONITORING
from trimtab.spec.rules.registry import Context, Found, rule

DRIFT_METRICS = ("psi", "ks", "samples")
"""What the drift check measures: of all features, whose worst counts, and of one (`psi.amount`)."""


@rule("TT280")
def what_is_watched_is_captured(context: Context) -> Iterator[Found]:
    """Drift and quality look at requests that were kept."""
    for kind, monitors in (
        ("drift", context.spec.monitoring.drift),
        ("quality", context.spec.monitoring.quality),
    ):
        for name, monitor in monitors.items():
            endpoint = context.spec.deployment.get(monitor.of)
            if endpoint and not endpoint.capture and not endpoint.batch:
                note = ("the endpoint is here", (*DEPLOYMENT, monitor.of))
                message = f"endpoint {monitor.of} keeps no requests to look at; give it a `capture`"
                yield Found((*MONITORING, kind, name, "of"), message, (note,))


@rule("TT281", Severity.WARNING)
def drift_is_against_what_serves(context: Context) -> Iterator[Found]:
    """The reference is the data of the model that answers."""
    for name, monitor in context.spec.monitoring.drift.items():
        endpoint = context.spec.deployment.get(monitor.of)
        if endpoint and monitor.against not in (endpoint.model, *endpoint.adapters):
            message = f"endpoint {monitor.of} serves {endpoint.model}, not {monitor.against}"
            note = ("served here", (*DEPLOYMENT, monitor.of, "model"))
            yield Found((*MONITORING, "drift", name, "against"), message, (note,))


@rule("TT282")
def drift_is_measured_in_known_ways(context: Context) -> Iterator[Found]:
    """The drift check measures a fixed set of metrics."""
    for name, monitor in context.spec.monitoring.drift.items():
        for metric in monitor.accept:
            if metric.partition(".")[0] not in DRIFT_METRICS:
                message = unknown("drift metric", metric, DRIFT_METRICS, "what the drift check measures")
                yield Found((*MONITORING, "drift", name, "accept", metric), message, on_key=True)


@rule("TT283", Severity.WARNING)
def objectives_alarm_somebody(context: Context) -> Iterator[Found]:
    """Alerts that are about other things only leave a missed objective unheard."""
    alerts = context.spec.monitoring.alerts
    if not alerts or any(not alert.about or "slo" in alert.about for alert in alerts.values()):
        return
    for name, endpoint in context.spec.deployment.items():
        if endpoint.slo:
            message = f"nobody hears when endpoint {name} misses its `slo`: no alert is about it"
            yield Found(
                (*DEPLOYMENT, name, "slo"), message, (("the alerts are here", (*MONITORING, "alerts")),), True
            )


@rule("TT284", Severity.WARNING)
def truth_arrives_before_it_is_asked_for(context: Context) -> Iterator[Found]:
    """Answers that are dropped before the truth arrives are never judged."""
    for name, quality in context.spec.monitoring.quality.items():
        endpoint = context.spec.deployment.get(quality.of)
        kept = endpoint.capture.writes[0] if endpoint and endpoint.capture else ""
        dataset = context.spec.data.datasets.get(kept)
        if dataset and dataset.retain is not None and dataset.retain < quality.delay:
            note = ("they are dropped here", ("spec", "data", "datasets", kept, "retain"))
            message = f"the truth takes longer to arrive than `{kept}` keeps the answers"
            yield Found((*MONITORING, "quality", name, "delay"), message, (note,))
