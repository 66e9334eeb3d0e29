"""What running workloads say of themselves: the curves of a run before it has ended, read from its log.

Losing any of it loses nothing that counts: the ledger lives by a run's last words alone.
"""

from __future__ import annotations

import asyncio
from typing import Self

from trimtab.cli.views.curve import Curve, spoken
from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cluster, ClusterUnavailable
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.state import State


class Curves:
    """Follows the log of each run that computes, once, for as long as the context lasts."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster, self._namespace = cluster, namespace
        self._curves: dict[str, Curve] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks.values():
            task.cancel()
        await self.idle()

    def of(self, record: str) -> Curve | None:
        return self._curves.get(record)

    def follow(self, state: State) -> None:
        for record in state.records.values():
            if record.phase is Phase.RUNNING and record.workload not in self._tasks:
                self._tasks[record.workload] = asyncio.create_task(self._read(record))

    async def idle(self) -> None:
        """Until every log that is followed has ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _read(self, record: Record) -> None:
        """From the log's start, so that an apply that joins late shows the whole curve."""
        curve = Curve()
        self._curves[record.name] = curve
        ref = Ref("batch/v1", "Job", self._namespace, record.workload)
        try:
            async for line in self._cluster.logs(ref, follow=True):
                values = spoken(line.text)
                if values is not None:
                    curve.take(values)
        except (ClusterUnavailable, OSError):
            return  # a picture without a curve is a picture still
