"""Rules about environments: where runs and endpoints go, and where models come from."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import shown
from trimtab.spec.rules.facts import ENVIRONMENTS, circle
from trimtab.spec.rules.registry import Context, Found, rule

LOCAL = "local"


@rule("TT285")
def this_machine_stands_alone(context: Context) -> Iterator[Found]:
    """`local` is an engine of its own; other clusters cannot read what it makes."""
    run_on, at = context.environment.run_on, (*ENVIRONMENTS, context.environment_name, "runOn")
    clusters = run_on.clusters
    if LOCAL in clusters and len(clusters) > 1:
        yield Found(at, "`local` cannot be combined with clusters: they cannot read what this machine makes")


@rule("TT286")
def somebody_trains(context: Context) -> Iterator[Found]:
    """Clusters that only serve take their models from somewhere."""
    environment, at = context.environment, (*ENVIRONMENTS, context.environment_name)
    if not environment.run_on.runs and environment.run_on.serving and not environment.models_from:
        yield Found(
            (*at, "runOn"), "nothing trains here: say which cluster `runs`, or take models with `modelsFrom`"
        )


@rule("TT287")
def models_come_from_elsewhere(context: Context) -> Iterator[Found]:
    """Environments cannot take their models from each other in a circle."""
    environments = context.spec.environments
    edges = {name: [e.models_from] if e.models_from else [] for name, e in environments.items()}
    if found := circle(edges):
        message = f"environments take their models from each other in a circle: {shown(found)}"
        yield Found((*ENVIRONMENTS, found[0], "modelsFrom"), message)


@rule("TT288", Severity.WARNING)
def an_order_has_several(context: Context) -> Iterator[Found]:
    """One cluster needs no order."""
    environment = context.environment
    if environment.order and len(environment.run_on.clusters) < 2:
        message = f"{context.environment_name} runs on one cluster, so there is nothing to put in order"
        yield Found((*ENVIRONMENTS, context.environment_name, "order"), message, on_key=True)


@rule("TT289")
def claims_are_a_clusters(context: Context) -> Iterator[Found]:
    """A claim that exists, exists in a cluster."""
    if not context.environment.run_on.local:
        return
    for name, store in context.spec.data.stores.items():
        if store.claim:
            message = (
                f"store `{name}` is a claim that a cluster has; this machine has none, so override it here"
            )
            yield Found(("spec", "data", "stores", name, "claim"), message)
