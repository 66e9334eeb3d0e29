"""To take over is said once: what others make later, under names that a commit gives, is not taken without a word."""

from __future__ import annotations

import asyncio

from bundles import Store, shop
from conditions import until
from settling import Silent
from simulated_cluster import FreeLease, SimulatedCluster

from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import ClusterInfo
from trimtab.reconciler.loop import Loop


async def test_a_loop_that_goes_on_takes_over_until_all_is_as_it_should_be() -> None:
    info = ClusterInfo("cluster-1", "simulated", (), ())
    cluster, origin = SimulatedCluster(Store()), Origin("spec.yaml", "abc")
    loop = Loop(cluster, info, FreeLease(), shop(), origin, Silent())
    loop.takes_over = True
    await loop.start()
    keeping = asyncio.create_task(loop.keep(lambda: False))
    try:
        await until(lambda: not loop.takes_over)
        assert loop.plan().is_converged
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await loop.stop()
