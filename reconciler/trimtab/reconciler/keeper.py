"""One system of a daemon: it is kept as its newest sound commit says, whatever becomes of the others.

It holds its own Lease and goes on with it from commit to commit. What somebody else must mend is told, and tried again;
meanwhile the last commit that could be followed stays in force. It never ends by itself, and deletes nothing but what
a plan prunes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Origin, Target
from trimtab.reconciler.carry_out import LeaseLost
from trimtab.reconciler.cluster import Cluster, ClusterUnavailable
from trimtab.reconciler.engines import Engine, Engines
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.mirror import kinds_of
from trimtab.reconciler.opening import begun, check_rights
from trimtab.reconciler.refusals import NotPrepared, Refused, SystemHeld

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
"""Before a Lease that somebody holds, a cluster that is not prepared or an engine that went away is asked again."""

REFUSED_SECONDS = 30.0
"""Before what only a person can change is tried again: each attempt takes the Lease for a moment."""


class Reporter(Listener, Protocol):
    """What is told of one system, beside plans and actions."""

    def trouble(self, sentence: str) -> None:
        """It is over when the system is as its commit says."""

    def set_back(self, sentence: str) -> None:
        """The newest commit can't be followed; an earlier one stays in force."""


Place = tuple[Engine, str, str]
"""An engine, a namespace, and the name of a system."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be true, and where."""

    bundle: Bundle
    origin: Origin
    engine: Engine

    @property
    def place(self) -> Place:
        """What a Lease and the watches beside it are for."""
        return self.engine, self.bundle.namespace, self.bundle.system


def _nobody(left: Wanted) -> None:
    """Hears of what is left behind."""


class Keeper:
    """`left` is told of what was kept, and is not any more: the commits say another system, or another place."""

    def __init__(
        self,
        engines: Engines,
        reporter: Reporter,
        *,
        take_over: bool = False,
        left: Callable[[Wanted], None] = _nobody,
    ) -> None:
        self._engines, self._reporter, self._take_over, self._left = engines, reporter, take_over, left
        self._wanted: Wanted | None = None
        self._in_force: Wanted | None = None
        """The last that could be followed."""
        self._cluster = ""
        """The uid of the cluster that it is in force on."""
        self._asking: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        self._loop: Loop | None = None

    def want(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._wake()

    def wants(self, place: Place) -> bool:
        return self._wanted is not None and self._wanted.place == place

    async def run(self) -> None:
        """Until cancelled; it then ends between two writes, and lets go of the Lease."""
        while True:
            if self._wanted is None:
                await self._news.wait()
            else:
                await self._try_to_keep(self._wanted.engine)

    async def _try_to_keep(self, engine: Engine) -> None:
        self._news.clear()
        if self._in_force is not None and _is_elsewhere(self._in_force.engine, engine):
            self._leave(self._in_force)
        try:
            async with self._engines.of(engine) as cluster:
                await self._keep_on(cluster, engine)
        except (ClusterUnavailable, LeaseLost, Refused) as error:
            await self._told(error)
        except Exception as error:
            log.warning("a system can't be kept", exc_info=error)
            await self._told(
                Refused(f"{self._name}: a fault of Trimtab itself: {type(error).__name__}: {error}")
            )

    @property
    def _name(self) -> str:
        return self._wanted.bundle.system if self._wanted is not None else ""

    async def _keep_on(self, cluster: Cluster, engine: Engine) -> None:
        """A refusal is no reason to connect anew: to connect may ask a person to log in."""
        while self._wanted is not None and self._wanted.engine == engine:
            self._news.clear()
            try:
                await self._hold(cluster, self._wanted)
            except SystemHeld as error:
                self._reporter.trouble(str(error))
                await self._until_free(cluster, error)
            except Refused as error:
                await self._told(error)

    async def _hold(self, cluster: Cluster, newest: Wanted) -> None:
        """Ends where a commit can be followed that needs another Lease, or watches beyond those there are."""
        first, last = await self._followable(cluster, newest), self._in_force
        if last is not None and last.place != first.place and not await self._is_still(last, first, cluster):
            self._leave(last)
        place, watched = first.place, frozenset(kinds_of(first.bundle))
        meant = (first.bundle, first.origin)
        async with begun(*meant, cluster, self._reporter, take_over=self._take_over) as loop:
            self._in_force, self._cluster = first, loop.info.uid
            del first, last, newest, meant  # a newer one takes its place
            loop.scheduled, self._loop = True, loop
            try:
                while (wanted := self._wanted) is not None:
                    self._news.clear()
                    followed = await self._followable(cluster, wanted)
                    if followed.place != place or not watched.issuperset(kinds_of(followed.bundle)):
                        return
                    self._in_force = followed
                    loop.bundle, loop.origin = followed.bundle, followed.origin
                    await loop.keep(self._news.is_set)
            finally:
                self._loop = None
                self._take_over &= loop.takes_over

    async def _until_free(self, cluster: Cluster, held: SystemHeld) -> None:
        """Until the Lease is free, another's, or there is news: whoever waits asks for the Lease alone."""
        first = await cluster.holder(held.namespace, held.name)
        while first is not None and not await self._hears_within(RETRY_SECONDS):
            if await cluster.holder(held.namespace, held.name) != first:
                return

    async def _hears_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        return self._news.is_set()

    async def _followable(self, cluster: Cluster, newest: Wanted) -> Wanted:
        """The newest commit; without the rights for it, the last one that could be followed goes on."""
        last = self._in_force
        if last is None or newest is last or newest.engine != last.engine:
            return newest
        try:
            await check_rights(cluster, newest.bundle)
        except NotPrepared as error:
            self._reporter.set_back(f"commit {newest.origin.commit[:10]} has to wait: {error}")
            self._ask_again()
            return last
        return newest

    async def _is_still(self, last: Wanted, first: Wanted, cluster: Cluster) -> bool:
        """A cluster, or its context, may only have another name by now."""
        is_renamed = last.engine != first.engine and last.place[1:] == first.place[1:]
        return is_renamed and (await cluster.inspect()).uid == self._cluster

    def _leave(self, left: Wanted) -> None:
        self._in_force = None
        self._left(left)

    def _ask_again(self) -> None:
        """Once, however many commits have had to wait."""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake)

    def _wake(self) -> None:
        self._news.set()
        if self._loop is not None:
            self._loop.nudge()

    async def _told(self, error: Exception) -> None:
        self._reporter.trouble(str(error))
        only_a_person = isinstance(error, Refused) and not isinstance(error, NotPrepared)
        await self._hears_within(REFUSED_SECONDS if only_a_person else RETRY_SECONDS)


def _is_elsewhere(one: Engine, other: Engine) -> bool:
    """Of two contexts that are not called the same, only the clusters can tell."""
    return one != other and not (isinstance(one, Target) and isinstance(other, Target))
