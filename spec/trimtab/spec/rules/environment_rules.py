"""Rules about environments: where runs and endpoints go, and where models come from."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import shown
from trimtab.spec.rules.facts import ENVIRONMENTS, POOLS, Ran, circle, ran
from trimtab.spec.rules.registry import Context, Found, rule
from trimtab.spec.suggest import listed

LOCAL = "local"
CLOUDS = {"aws": "aws", "gcp": "gcp", "azure": "azure", "onPremise": "on_premise"}
"""Who may provide machines, and the attribute of a pool's provider."""


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


@rule("TT279")
def pools_stand_where_work_goes(context: Context) -> Iterator[Found]:
    """A cluster has no machines of another cloud. A cloud's own training service is reached from anywhere."""
    for item in ran(context):
        provider = item.pool.provider
        clouds = {cloud: found for cloud, key in CLOUDS.items() if (found := getattr(provider, key, None))}
        managed = any(getattr(found, "service", "") == "managed" for found in clouds.values())
        for name in _clusters_of(item, context) if clouds and not managed else ():
            cluster = context.spec.clusters.get(name)
            if cluster and cluster.provider and cluster.provider not in clouds:
                at = context.nearest(*item.at, "pool")
                message = (
                    f"{item.title} runs on cluster `{name}` of {cluster.provider}, and pool `{item.pool_name}` is in "
                    f"{listed(clouds, 'and')}"
                )
                notes = (
                    ("the pool's machines are here", (*POOLS, item.pool_name, "provider")),
                    ("the cluster is here", ("spec", "clusters", name)),
                )
                yield Found(at, message, notes, on_key=len(at) == len(item.at))


def _clusters_of(item: Ran, context: Context) -> tuple[str, ...]:
    """Those that serve for an endpoint, else the one that trains; none where models are taken from elsewhere."""
    run_on = context.environment.run_on
    if item.at[1] == "deployment":
        return run_on.serving or run_on.clusters
    return () if context.environment.models_from or not run_on.runs else (run_on.runs,)


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
