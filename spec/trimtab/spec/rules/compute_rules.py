"""Rules about machines: what a workload asks for against what its pool, its quota and its budget have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import known_names, unknown
from trimtab.spec.rules.facts import (
    DEPLOYMENT,
    PIPELINES,
    POOLS,
    TRAINING,
    feeding_training,
    gpus,
    pool_name,
    ran,
    world_size,
)
from trimtab.spec.rules.registry import Context, Found, rule

if TYPE_CHECKING:
    from trimtab.spec.model.compute import Pool
    from trimtab.spec.model.workload import Workload
    from trimtab.spec.positions import SpecPath

NOTICE = {"aws": 120, "gcp": 30, "azure": 30}
"""Seconds between a cloud's word that it takes a spot machine away and the end of that machine."""
HOUR = 3600


@rule("TT222")
def everything_has_a_pool(context: Context) -> Iterator[Found]:
    """Where there are several pools, a workload says which."""
    pools = context.spec.compute.pools
    for at, workload, title in _without_pool(context):
        if not pools:
            yield Found(at, f"{title} has no pool to run on: `compute.pools` is empty", on_key=True)
        elif pool_name(context, workload) is None:
            yield Found(at, f"{title} names no `pool`; there are {known_names(pools)}", on_key=True)


def _without_pool(context: Context) -> Iterator[tuple[SpecPath, Workload, str]]:
    """Workloads that name no pool and inherit none."""
    spec = context.spec
    for name, pipeline in spec.data.pipelines.items():
        if not pipeline.pool:
            yield (*PIPELINES, name), pipeline, f"pipeline {name}"
    for name, training in spec.training.items():
        roles = training.roles.values()
        if not training.pool and not (roles and all(role.pool for role in roles)):
            yield (*TRAINING, name), training, f"training {name}"
    for name, endpoint in spec.deployment.items():
        if not endpoint.pool and not feeding_training(context, endpoint):
            yield (*DEPLOYMENT, name), endpoint, f"endpoint {name}"


@rule("TT223")
def nodes_have_so_many_gpus(context: Context) -> Iterator[Found]:
    """`resources.gpu` is per node, and no node of the pool has more than its accelerator says."""
    for item in ran(context):
        asked = item.resources.gpu or 0
        has = item.pool.accelerator.per_node if item.pool.accelerator else 0
        if asked > has:
            count = f"{has} GPU{'s' if has != 1 else ''}" if has else "no GPUs"
            note = (f"pool `{item.pool_name}` is here", (*POOLS, item.pool_name))
            hint = "; `resources.gpu` counts those of one node" if has else ""
            message = f"{item.title} asks for {asked} on each node, and a node of pool `{item.pool_name}` has {count}"
            yield Found((*item.at, "resources", "gpu"), message + hint, (note,))


@rule("TT224")
def nodes_have_so_much(context: Context) -> Iterator[Found]:
    """Nor do they have more cores, memory or scratch space."""
    for item in ran(context):
        node = item.pool.node
        for key in ("cpu", "memory", "storage"):
            asked, has = getattr(item.resources, key), getattr(node, key, None)
            if asked and has and asked.number > has.number:
                note = (f"pool `{item.pool_name}` is here", (*POOLS, item.pool_name, "node", key))
                message = (
                    f"{item.title} asks for {asked} of {key}, and a node of pool `{item.pool_name}` has {has}"
                )
                yield Found((*item.at, "resources", key), message, (note,))


@rule("TT225")
def pools_have_so_many_nodes(context: Context) -> Iterator[Found]:
    """A workload of more nodes than its pool may have waits for ever."""
    for item in ran(context):
        most = item.pool.nodes.max
        if most is not None and item.nodes > most:
            note = (f"pool `{item.pool_name}` is here", (*POOLS, item.pool_name, "nodes"))
            message = f"{item.title} needs {item.nodes} nodes at once, and pool `{item.pool_name}` has {most} at most"
            yield Found((*item.at, "nodes"), message, (note,))


@rule("TT226", Severity.WARNING)
def the_quota_holds_the_pools(context: Context) -> Iterator[Found]:
    """Nodes that the queue's quota does not allow never come. A platform's pools are shared by many queues."""
    queue = context.spec.compute.queue
    if not queue or not queue.quota or context.spec.platform:
        return
    for name, pool in context.spec.compute.pools.items():
        most = pool.nodes.max if pool.nodes.max is not None else pool.nodes.min
        if not pool.accelerator or not most or not _is_counted(context, pool.accelerator.type):
            continue
        allowed = sum(queue.quota.get(kind, 0) + queue.borrow.get(kind, 0) for kind in pool.accelerator.type)
        if (wanted := most * pool.accelerator.per_node) > allowed:
            message = f"pool `{name}` may have {wanted} GPUs, and the quota of queue `{queue.name}` allows {allowed}"
            yield Found((*POOLS, name, "nodes"), message, (("the quota is here", _QUOTA),))


@rule("TT256")
def quotas_are_of_what_there_is(context: Context) -> Iterator[Found]:
    """A quota counts GPUs of a product, as some pool's `accelerator.type` calls it."""
    queue, products = context.spec.compute.queue, _products(context)
    for key, counted in (("quota", queue.quota), ("borrow", queue.borrow)) if queue else ():
        for kind in counted:
            if kind not in products:
                at = ("spec", "compute", "queue", key, kind)
                none = f"the quota counts `{kind}`, and no pool has GPUs"
                message = unknown("GPU product", kind, products, "the pools") if products else none
                yield Found(at, message, on_key=True)


def _products(context: Context) -> dict[str, None]:
    """The GPU products that pools have."""
    pools = context.spec.compute.pools.values()
    return {kind: None for pool in pools if pool.accelerator for kind in pool.accelerator.type}


def _is_counted(context: Context, kinds: Iterable[str]) -> bool:
    """Whether a quota speaks of GPUs of these products; if not, and it speaks of none that there is, that is the fault."""
    queue, products = context.spec.compute.queue, _products(context)
    counted = {*queue.quota, *queue.borrow} if queue else set()
    return bool(counted.intersection(kinds)) or counted <= products.keys()


_QUOTA: SpecPath = ("spec", "compute", "queue", "quota")


@rule("TT227")
def the_quota_holds_the_workload(context: Context) -> Iterator[Found]:
    """A workload that needs more GPUs than the quota allows waits for ever."""
    queue = context.spec.compute.queue
    if not queue or not queue.quota:
        return
    for item in ran(context):
        needed = item.nodes * gpus(item)
        if not needed or not item.pool.accelerator or not _is_counted(context, item.pool.accelerator.type):
            continue
        kinds = item.pool.accelerator.type
        allowed = max(queue.quota.get(kind, 0) + queue.borrow.get(kind, 0) for kind in kinds)
        if needed > allowed:
            message = (
                f"{item.title} needs {needed} GPUs of one kind at once, and the quota of queue `{queue.name}` "
                f"allows {allowed}"
            )
            yield Found(item.at, message, (("the quota is here", _QUOTA),), on_key=True)


@rule("TT228")
def spot_has_checkpoints(context: Context) -> Iterator[Found]:
    """A machine that may be taken away any minute needs a place to go on from."""
    for item in ran(context):
        if item.training and "spot" in item.pool.capacity and not item.training.checkpoint:
            at = (*TRAINING, str(item.at[2]))
            note = (f"pool `{item.pool_name}` may be spot", (*POOLS, item.pool_name, "capacity"))
            message = f"{item.title} may run on spot machines and has no `checkpoint` to go on from"
            yield Found((*at, "pool") if context.wrote(*at, "pool") else at, message, (note,), on_key=True)


@rule("TT229")
def saving_fits_the_notice(context: Context) -> Iterator[Found]:
    """A checkpoint that takes longer than the cloud's notice is cut off."""
    for item in ran(context):
        checkpoint = item.training.checkpoint if item.training else None
        notice = _notice(item.pool)
        if checkpoint and notice and checkpoint.grace > notice.seconds:
            at = (*TRAINING, str(item.at[2]), "checkpoint", "grace")
            message = (
                f"saving may take {checkpoint.grace}s, and {notice.cloud} takes spot machines away after "
                f"{notice.seconds}s"
            )
            yield Found(
                at, message, ((f"pool `{item.pool_name}` may be spot", (*POOLS, item.pool_name, "capacity")),)
            )


class _Notice(NamedTuple):
    seconds: int
    cloud: str


def _notice(pool: Pool) -> _Notice | None:
    """The shortest that a cloud of the pool gives."""
    if "spot" not in pool.capacity or not pool.provider:
        return None
    return min(
        (_Notice(s, cloud) for cloud, s in NOTICE.items() if getattr(pool.provider, cloud)), default=None
    )


@rule("TT230")
def checkpoints_come_before_the_end(context: Context) -> Iterator[Found]:
    """A run that ends before its first checkpoint has none."""
    for name, training in context.spec.training.items():
        limit, checkpoint = training.timeout.run, training.checkpoint
        if checkpoint and limit and checkpoint.every >= limit:
            message = f"the first checkpoint of {name} comes when its time is up"
            at = (*TRAINING, name)
            yield Found(
                (*at, "checkpoint", "every"), message, (("its time is given here", (*at, "timeout")),)
            )


@rule("TT231", Severity.WARNING)
def spot_is_tried_again(context: Context) -> Iterator[Found]:
    """A taken machine ends a run that may not be retried."""
    for item in ran(context):
        if not item.training or "spot" not in item.pool.capacity:
            continue
        retries = item.training.retries
        if retries.times == 0 or "disruption" not in retries.causes:
            at = (*TRAINING, str(item.at[2]), "retries")
            message = f"{item.title} may run on spot machines, and `retries` lets the first one taken end it"
            yield Found(at, message)


@rule("TT232", Severity.WARNING)
def nodes_find_each_other(context: Context) -> Iterator[Found]:
    """Without a launcher, the nodes of a training know nothing of each other."""
    for name, training in context.spec.training.items():
        if training.nodes > 1 and training.launcher == "plain" and not training.roles:
            each = "each trains a model of its own"
            message = f"training {name} runs on {training.nodes} nodes without a `launcher`, so {each}"
            yield Found((*TRAINING, name, "nodes"), message)


@rule("TT233")
def parallelism_fits_the_processes(context: Context) -> Iterator[Found]:
    """The ways a model is split multiply to the number of processes, or divide it."""
    for item in ran(context):
        owner = item.training or context.spec.deployment.get(str(item.at[2])) if len(item.at) == 3 else None
        split = getattr(owner, "parallelism", None)
        if not split:
            continue
        size = world_size(item)
        ways = (split.tensor or 1) * (split.pipeline or 1) * (split.context or 1)
        ways *= (split.data or 1) * (split.fully_sharded or 1)
        exact = split.data is not None and split.fully_sharded is None
        if (ways != size) if exact else (size % ways or size % (split.expert or 1)):
            message = f"`parallelism` spreads the model over {ways} processes, and {item.title} has {size}"
            yield Found((*item.at, "parallelism"), message, on_key=True)


@rule("TT234")
def slices_do_not_train_together(context: Context) -> Iterator[Found]:
    """Processes on shared GPUs cannot talk to each other as distributed training must."""
    for item in ran(context):
        accelerator = item.pool.accelerator
        if accelerator and accelerator.sharing and item.training and world_size(item) > 1 and gpus(item):
            message = (
                f"{item.title} has {world_size(item)} processes that train together, and pool `{item.pool_name}` "
                "has shared GPUs, which cannot talk to each other"
            )
            yield Found(
                item.at,
                message,
                (("the GPUs are shared here", (*POOLS, item.pool_name, "accelerator")),),
                True,
            )


@rule("TT235")
def shared_memory_is_memory(context: Context) -> Iterator[Found]:
    """Shared memory is taken out of the workload's memory."""
    for item in ran(context):
        shared, memory = item.resources.shared_memory, item.resources.memory
        if shared and memory and shared.number >= memory.number:
            message = f"`sharedMemory` ({shared}) is part of `memory` ({memory}) and leaves nothing of it"
            yield Found((*item.at, "resources", "sharedMemory"), message)


@rule("TT236")
def a_run_keeps_its_budget(context: Context) -> Iterator[Found]:
    """What a run may cost at most, by the price and the time it is given, is within `budget.perRun`."""
    budget = context.spec.compute.budget
    if not budget or not budget.per_run:
        return
    for item in ran(context):
        if not item.training or not item.pool.max_price or not item.training.timeout.run:
            continue
        machines = item.nodes * (gpus(item) if item.pool.accelerator else 1)
        cost = machines * item.pool.max_price * item.training.timeout.run / HOUR
        if cost > budget.per_run:
            what = "GPUs" if item.pool.accelerator else "nodes"
            message = (
                f"{item.title} may cost {cost:.0f} {budget.currency} ({machines} {what} for "
                f"{item.training.timeout.run / HOUR:g} h at {item.pool.max_price:g}), above `budget.perRun`"
            )
            note = ("the budget is here", ("spec", "compute", "budget", "perRun"))
            yield Found(item.at, message, (note,), on_key=True)


@rule("TT237", Severity.WARNING)
def a_budget_needs_a_time_limit(context: Context) -> Iterator[Found]:
    """Without `timeout.run` nothing bounds what a run costs."""
    budget = context.spec.compute.budget
    if not budget or not budget.per_run:
        return
    for item in ran(context):
        if item.training and item.pool.accelerator and gpus(item) and not item.training.timeout.run:
            message = f"{item.title} has no `timeout.run`, so nothing holds it within `budget.perRun`"
            yield Found((*TRAINING, str(item.at[2])), message, on_key=True)


@rule("TT238")
def a_run_costs_less_than_a_month(context: Context) -> Iterator[Found]:
    """One run may not cost more than all of a month."""
    budget = context.spec.compute.budget
    if budget and budget.per_run and budget.per_month and budget.per_run > budget.per_month:
        message = f"`perRun` ({budget.per_run:g}) is above `perMonth` ({budget.per_month:g})"
        yield Found(("spec", "compute", "budget", "perRun"), message)


@rule("TT239")
def priorities_are_declared(context: Context) -> Iterator[Found]:
    """Where the spec declares priorities, a training names one of them."""
    declared = context.spec.compute.priorities
    for name, training in context.spec.training.items():
        if declared and training.priority and training.priority not in declared:
            message = unknown("priority", training.priority, declared, "compute.priorities")
            yield Found((*TRAINING, name, "priority"), message)
