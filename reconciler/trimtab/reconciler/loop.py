"""The loop: plan, carry out, wait for news, again. `apply` leaves it when all is settled; the daemon never does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler import baselines
from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.carry_out import Hand, Memory
from trimtab.reconciler.cluster import Cluster, ClusterInfo, Lease
from trimtab.reconciler.lingering import still_left
from trimtab.reconciler.mirror import MEMORY_KINDS, Mirror, kinds_of, served_as
from trimtab.reconciler.pace import Pace
from trimtab.reconciler.plan import RememberingPlanner
from trimtab.reconciler.refusals import NotPrepared
from trimtab.reconciler.rights import SEE, Right
from trimtab.reconciler.side_by_side import carry_out_all
from trimtab.reconciler.state import Now, State


class Listener(Protocol):
    """Who wants to see it happen: a progress view, a log."""

    def planned(self, plan: Plan, state: State) -> None: ...
    def acted(self, action: Action) -> None: ...


Planner = Callable[[Bundle, State, Now], Plan]


LOOK_SECONDS = 10.0
"""Who waits for what is under way looks after this long even without news: time alone may decide something."""

RETRY_SECONDS = 30.0
"""A refused write is tried again after this long, by a daemon: webhooks and quotas come and go."""


PAUSE = 4.0
"""News that come in quick succession are planned for together: after a plan with nothing to do, the next one begins no
sooner than this many times what it took. A controller that works through thousands of objects tells of each."""


class Loop:
    """One system on one engine. Its lease is held by whoever made it."""

    def __init__(
        self,
        cluster: Cluster,
        info: ClusterInfo,
        lease: Lease,
        bundle: Bundle,
        origin: Origin,
        listener: Listener,
        *,
        clock: Callable[[], float] = time.time,
        planner: Planner | None = None,
    ) -> None:
        self.bundle = bundle
        self.origin = origin
        self.confirmed = ""
        self.takes_over = False
        """Said once: of what was there by then, not of what is asked for later."""
        self.scheduled = False
        self.memory = Memory()
        self._forgiven = self._planned = self.memory.clock()
        self._pace = Pace()
        self._planning = 0.0
        """Seconds that the last plan took; it was done at `_planned`."""
        self._cluster, self.info, self.lease = cluster, info, lease
        self._listener, self._clock = listener, clock
        self.planner: Planner = planner or RememberingPlanner()
        self.mirror = Mirror(cluster, bundle)
        self._unserved: frozenset[tuple[str, str]] = frozenset()
        """Kinds of earlier specs that the engine does not serve now: what there may be of them is not seen."""

    async def start(self, *, makes: bool = False) -> None:
        """What is remembered is looked at first: it says what to watch. With `makes`, a system of which nothing is
        remembered is made before it is watched: for whoever shares no watches, so that his tell of what he has made."""
        remembered = Mirror(self._cluster, self.bundle)
        try:
            await remembered.start(MEMORY_KINDS)
            if makes and not remembered.objects:
                await remembered.stop()
                await self._make()
            await self._follow(remembered)
        finally:
            await remembered.stop()

    async def _make(self) -> None:
        """One step, of a new system. It creates, and labels its Namespace; what is there all the same stays as it is.

        A watch would tell of each new object while the next ones are written: it begins afterwards.
        """
        await self.step()
        packed = self.mirror.known
        self.mirror = Mirror(self._cluster, self.bundle)  # what has gone meanwhile would stay in the old one
        self.mirror.known = packed

    async def _follow(self, remembered: Mirror) -> None:
        """What an earlier spec had of other kinds is watched too, also where its `MLSystem` never came: what is not seen
        can't be pruned. A baseline of what has gone is forgotten: its writer died before it could say so."""
        known = remembered.system
        baseline = baselines.of(known) if known is not None else {}
        today = set(kinds_of(self.bundle))
        earlier = {kind for bundle in remembered.applied for kind in bundle.kinds}
        earlier = (earlier | {(ref.api_version, ref.kind) for ref in baseline}) - today
        served = {kind: served_as(kind, self.info.kinds) for kind in earlier}
        self._unserved = frozenset(kind for kind, found in served.items() if found is None)
        watched = sorted(today | {found for found in served.values() if found is not None})
        await self._may_see(set(watched) - today)
        self.mirror.known = (*self.mirror.known, *remembered.applied)
        await self.mirror.start(tuple(watched))
        objects = self.mirror.objects
        there = {ref for ref, observed in objects.items() if not observed.deleting}
        self.memory.baseline |= {ref: each for ref, each in baseline.items() if ref in there}
        self.memory.problems = {ref: each for ref, each in self.memory.problems.items() if ref not in objects}

    async def _may_see(self, earlier: Iterable[tuple[str, str]]) -> None:
        """The rights that are printed for today's spec do not name what an earlier one had. Raises NotPrepared."""
        needed = tuple(Right(*kind, SEE) for kind in sorted(earlier))
        who, missing = await self._cluster.lacking(needed, self.bundle.namespace) if needed else ("", ())
        if missing:
            kinds = ", ".join(sorted(right.resource_and_group for right in missing))
            raise NotPrepared(
                f"{who} may not see {kinds} in namespace {self.bundle.namespace}, of which an earlier spec had objects: "
                "an administrator grants what it took, until they are pruned"
            )

    async def stop(self) -> None:
        await self.mirror.stop()

    def state(self) -> State:
        return State(
            objects=self.mirror.objects,
            records=self.mirror.records,
            system=self.mirror.system,
            baseline=dict(self.memory.baseline),
            applied=self.mirror.applied,
            unserved=self._unserved,
            problems=dict(self.memory.problems),
            stays=dict(self.memory.stays),
            corrections=self.memory.corrections(),
            lingering={record: left.pods for record, left in self.memory.lingering.items()},
            told_lately=self.memory.told_lately(),
            commit=self.origin.commit,
            source=self.origin.source,
            cluster=self.info.uid,
            scheduled=self.scheduled,
            confirmed=self.confirmed,
            takes_over=self.takes_over,
        )

    def plan(self) -> Plan:
        return self.planner(self.bundle, self.state(), Now(self._clock()))

    def nudge(self) -> None:
        """There is news from elsewhere: stop waiting."""
        self.mirror.changed.set()

    async def settle(self) -> Plan:
        """Until nothing is to be done and nothing is under way."""
        while True:
            current = await self.step()
            if current.is_settled:
                return current
            await self._pause(current, LOOK_SECONDS)

    async def step(self) -> Plan:
        """One plan, and all of its actions."""
        self.mirror.changed.clear()
        self.mirror.check()
        await self._ask_for_pods()
        began = self.memory.clock()
        current = self.plan()
        self._listener.planned(current, self.state())
        self._planned = self.memory.clock()
        self._planning = self._planned - began
        hand = Hand(self._cluster, self.lease, self.bundle, self.mirror, self.memory)
        await carry_out_all(hand, current.actions, self._listener.acted)
        return current

    async def _ask_for_pods(self) -> None:
        """Whose Jobs are gone: no watch tells of their end."""
        if known := self.memory.lingering:
            now = self.memory.clock()
            self.memory.lingering = await still_left(self._cluster, self.bundle.namespace, known, now)

    async def keep(self, wake: Callable[[], bool]) -> None:
        """Go on until `wake` says that there is something else to do, such as a new commit."""
        while not wake():
            current = await self.step()
            self.takes_over &= not current.is_converged
            await self._pause(current, RETRY_SECONDS if current.is_settled else LOOK_SECONDS)
            self._forgive()

    async def _pause(self, current: Plan, seconds: float) -> None:
        """Before the next plan: for so long where nothing was to do, ever longer where it came to nothing."""
        if not current.actions:
            self._pace.rest()
            await self._rest(seconds)
        elif (again := self._pace.after(current.actions)) and await self.mirror.wait(again):
            self._pace.quicken()

    async def _rest(self, seconds: float) -> None:
        """Until there is news, or for so long."""
        await self.mirror.wait(seconds)
        await asyncio.sleep(max(0.0, self._planned + PAUSE * self._planning - self.memory.clock()))

    def _forgive(self) -> None:
        """What was refused may be tried again, now and then."""
        now = self.memory.clock()
        if now - self._forgiven >= RETRY_SECONDS:
            self.memory.ask_again()
            self._forgiven = now
