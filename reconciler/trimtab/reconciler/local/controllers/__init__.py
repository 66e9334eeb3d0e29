"""What a cluster's controllers and kubelet would do, for this machine."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from trimtab.reconciler.local.controllers.autoscaler import AutoscalerController
from trimtab.reconciler.local.controllers.controller import POD, Controller, is_ended
from trimtab.reconciler.local.controllers.deployment import DeploymentController
from trimtab.reconciler.local.controllers.garbage import NamespaceController, OwnerController
from trimtab.reconciler.local.controllers.job import JobController
from trimtab.reconciler.local.controllers.pod import PodController
from trimtab.reconciler.local.controllers.service import ServiceController
from trimtab.reconciler.local.controllers.volume import VolumeController
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.leftovers import clear_leftovers
from trimtab.reconciler.local.notices import Notices
from trimtab.reconciler.local.places import Places


class Controllers:
    """All of them, running on one engine."""

    def __init__(self, engine: Engine, places: Places) -> None:
        self._engine: Final = engine
        self._places: Final = places
        self._notices = Notices(places.notices)
        self._pods = PodController(engine, places, self._notices)
        self._services = ServiceController(engine, places, self._notices)
        self._makers: Final[tuple[Controller, ...]] = (
            AutoscalerController(engine),
            DeploymentController(engine),
            JobController(engine),
            VolumeController(engine, places),
        )
        self._removers: Final = (NamespaceController(engine), OwnerController(engine))
        self._hearing: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Something runs, or is meant to."""
        return any(not is_ended(pod) or pod.deleting for pod in self._engine.store.of_kind(*POD))

    async def start(self, *, halted: bool = False) -> None:
        """With `halted`, nothing is made; what runs can be stopped."""
        await self._notices.__aenter__()
        uids = {stored.uid for stored in self._engine.store}
        await asyncio.to_thread(clear_leftovers, self._places, uids)
        self._hearing = asyncio.create_task(self._hear())
        self._pods.halted = halted
        makers = () if halted else (*self._makers, self._services)
        for controller in (*makers, *self._removers, self._pods):
            controller.start()

    async def stop_workloads(self) -> None:
        """End all processes here, each with its grace; nothing else is deleted. Nothing is started any more.

        A Pod that was running leaves: what owns it makes another one when the engine starts again.
        """
        for maker in self._makers:
            maker.stop()
        self._pods.hurried = True
        gone = asyncio.Event()
        unlisten = self._engine.listen(lambda change: None if self.busy else gone.set())
        for pod in self._engine.store.of_kind(*POD):
            if not is_ended(pod):
                self._engine.delete(pod.ref, pod.uid)
        if self.busy:
            await gone.wait()
        unlisten()
        await self._services.stop_all()

    async def close(self) -> None:
        for controller in (*self._makers, *self._removers):
            controller.stop()
        await self._pods.close()
        await self._services.close()
        if self._hearing is not None:
            self._hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._hearing
        await self._notices.__aexit__(None, None, None)

    async def _hear(self) -> None:
        async for directory in self._notices:
            self._pods.hear(directory)
            self._services.hear(directory)
