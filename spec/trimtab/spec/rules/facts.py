"""What several rules ask of a spec: who writes what, which pool something runs on, how many processes it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.compute import Pool
    from trimtab.spec.model.deployment import Deployment
    from trimtab.spec.model.training import Training
    from trimtab.spec.model.workload import Resources, Workload
    from trimtab.spec.rules.registry import Context

PIPELINES: SpecPath = ("spec", "data", "pipelines")
DATASETS: SpecPath = ("spec", "data", "datasets")
STORES: SpecPath = ("spec", "data", "stores")
POOLS: SpecPath = ("spec", "compute", "pools")
TRAINING: SpecPath = ("spec", "training")
DEPLOYMENT: SpecPath = ("spec", "deployment")
SECURITY: SpecPath = ("spec", "security")
MONITORING: SpecPath = ("spec", "monitoring")
ENVIRONMENTS: SpecPath = ("spec", "environments")


class Use(NamedTuple):
    """One mention of a dataset: by whom, and where."""

    dataset: str
    at: SpecPath
    by: str


class Ran(NamedTuple):
    """Nodes of one shape that something runs on: a workload, or one role of it."""

    at: SpecPath
    title: str
    pool_name: str
    pool: Pool
    nodes: int
    resources: Resources
    processes: int | None
    training: Training | None


def _uses(at: SpecPath, names: Sequence[str], by: str) -> Iterator[Use]:
    for index, name in enumerate(names):
        yield Use(name, (*at, index), by)


def reads(context: Context) -> tuple[Use, ...]:
    """Every mention of a dataset that is read."""
    return context.once(_reads)


def _reads(context: Context) -> Iterator[Use]:
    for at, workload, title in context.workloads():
        yield from _uses((*at, "reads"), workload.reads, title)
    for name, endpoint in context.spec.deployment.items():
        at = (*DEPLOYMENT, name)
        for key, inner in (("batch", endpoint.batch), ("stream", endpoint.stream)):
            if inner:
                yield from _uses((*at, key, "reads"), inner.reads, f"endpoint {name}")
        if endpoint.rollout and endpoint.rollout.smoke:
            yield from _uses(
                (*at, "rollout", "smoke", "reads"), endpoint.rollout.smoke.reads, f"endpoint {name}"
            )
    for name, quality in context.spec.monitoring.quality.items():
        yield Use(quality.labels, (*MONITORING, "quality", name, "labels"), f"quality monitor {name}")


def writes(context: Context) -> tuple[Use, ...]:
    """Every mention of a dataset that is written."""
    return context.once(_writes)


def _writes(context: Context) -> Iterator[Use]:
    for at, workload, title in context.workloads():
        yield from _uses((*at, "writes"), workload.writes, title)
    for name, endpoint in context.spec.deployment.items():
        for key, inner in (
            ("batch", endpoint.batch),
            ("stream", endpoint.stream),
            ("capture", endpoint.capture),
        ):
            if inner:
                yield from _uses((*DEPLOYMENT, name, key, "writes"), inner.writes, f"endpoint {name}")


def feeding_training(context: Context, endpoint: Deployment) -> Training | None:
    return context.spec.training.get(endpoint.model)


def pool_name(context: Context, workload: Workload, otherwise: Workload | None = None) -> str | None:
    """The pool it runs on: its own, that of its training, or the only one there is."""
    name = workload.pool or (otherwise.pool if otherwise else None)
    pools = context.spec.compute.pools
    return name or (next(iter(pools)) if len(pools) == 1 else None)


def ran(context: Context) -> tuple[Ran, ...]:
    """Everything that runs, role by role, with the pool it runs on; without what names no pool that exists."""
    return context.once(_ran)


def _ran(context: Context) -> Iterator[Ran]:
    spec = context.spec
    for at, workload, title in context.workloads():
        training = spec.training.get(str(at[2])) if at[1] == "training" else None
        own = training if training and len(at) == 3 else None
        endpoint = spec.deployment.get(str(at[2])) if at[1] == "deployment" else None
        fallback = training or (feeding_training(context, endpoint) if endpoint else None)
        if own and own.roles:
            yield from _roles(context, at, own, title)
            continue
        name = pool_name(context, workload, fallback)
        if name and (pool := spec.compute.pools.get(name)):
            yield Ran(at, title, name, pool, workload.nodes, workload.resources, workload.processes, own)


def _roles(context: Context, at: SpecPath, training: Training, title: str) -> Iterator[Ran]:
    for name, role in training.roles.items():
        pool_key = role.pool or pool_name(context, training)
        if pool_key and (pool := context.spec.compute.pools.get(pool_key)):
            below = (*at, "roles", name)
            yield Ran(
                below,
                f"role {name} of {title}",
                pool_key,
                pool,
                role.nodes,
                role.resources,
                role.processes,
                training,
            )


def gpus(item: Ran) -> int:
    """GPUs on each node: what it asks for, else all the node has."""
    if item.resources.gpu is not None:
        return item.resources.gpu
    return item.pool.accelerator.per_node if item.pool.accelerator else 0


def world_size(item: Ran) -> int:
    return item.nodes * (item.processes or gpus(item) or 1)


def circle(edges: Mapping[str, Sequence[str]]) -> list[str] | None:
    """One circle of a graph, first node repeated at its end; None where there is none. No recursion: chains are long."""
    done: set[str] = set()
    for start in edges:
        trail: dict[str, None] = {}
        waiting = [iter([start])]
        while waiting:
            node = next(waiting[-1], None)
            if node is None:
                waiting.pop()
                if trail:
                    done.add(trail.popitem()[0])
            elif node in trail:
                return [*list(trail)[list(trail).index(node) :], node]
            elif node not in done:
                trail[node] = None
                waiting.append(iter(edges.get(node, ())))
    return None
