"""The `compute` section: what a workload asks of its node, from its own `resources` or from its pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trimtab.compiler.gpus import RESOURCE, count, gpus
from trimtab.compiler.intents import Shares
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.tree import at, mapped
from trimtab.spec.positions import SpecPath
from trimtab.spec.shape.texts import Quantity

if TYPE_CHECKING:
    from trimtab.spec.model.compute import Pool
    from trimtab.spec.model.workload import Workload

NODE_SHARE = 0.9
"""A workload that does not say what it takes gets the whole node, save what the node's own daemons need."""


def shares(site: Site, workload: Workload, path: SpecPath, master: Workload | None = None) -> Shares:
    """Requests, each marked with the line that asked for it. `master` is the training whose pool it runs on."""
    pool = _pool_name(site, workload, master)
    amounts = _of_pool(site.spec.compute.pools, pool) if pool else {}
    asked, resources = (*path, "resources"), workload.resources
    if resources.cpu:
        amounts["cpu"] = at(resources.cpu.text, (*asked, "cpu"))
    if resources.memory:
        amounts["memory"] = at(resources.memory.text, (*asked, "memory"))
    if resources.storage:
        amounts["ephemeral-storage"] = at(resources.storage.text, (*asked, "storage"))
    found = gpus(site, workload, path, pool)
    if found is not None:
        amounts[RESOURCE] = mapped(str, found.count)
    shared = resources.shared_memory
    return Shares(amounts, at(shared.text, (*asked, "sharedMemory")) if shared else None, found)


def gpu_count(site: Site, workload: Workload, master: Workload | None = None) -> int:
    """On each node; all that a node of its pool has where it does not say."""
    return count(site, workload, _pool_name(site, workload, master))


def _pool_name(site: Site, workload: Workload, master: Workload | None) -> str | None:
    """The pool it names, else its training's, else the only one there is."""
    pools = site.spec.compute.pools
    named = workload.pool or (master.pool if master else None)
    return named or (next(iter(pools)) if len(pools) == 1 else None)


def _of_pool(pools: Mapping[str, Pool], name: str) -> dict[str, Any]:
    node, path = pools[name].node, (*SPEC, "compute", "pools", name, "node")
    if node is None:
        return {}
    return {
        "cpu": at(_milli(node.cpu), (*path, "cpu")),
        "memory": at(_mebi(node.memory), (*path, "memory")),
    }


def _milli(cpu: Quantity) -> str:
    milli = int(cpu.number * 1000 * NODE_SHARE)
    return f"{milli}m" if milli % 1000 else str(milli // 1000)


def _mebi(memory: Quantity) -> str:
    mebi = int(memory.number * NODE_SHARE) // 2**20
    return f"{mebi}Mi" if mebi % 1024 else f"{mebi // 1024}Gi"
