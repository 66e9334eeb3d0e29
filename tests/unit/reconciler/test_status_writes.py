"""When the system's status is written: at once where it says something new, now and then where only the details move."""

from __future__ import annotations

from dataclasses import replace

from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Plan, WriteSystem
from trimtab.reconciler.carry_out import Memory
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.system import record_of

WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")
NOW = Now(2_000_000)


async def rolling(message: str) -> State:
    """A system at rest, but for a Deployment that says `message`; its status was written a moment ago."""
    _, state = await settle(SimulatedCluster(Store()), shop())
    return _saying(replace(state, told_lately=True), message)


def _saying(state: State, message: str) -> State:
    observed = replace(state.objects[WEB], health=Health(ready=False, message=message))
    return replace(state, objects={**state.objects, WEB: observed})


def _having_told(state: State, told: Plan) -> State:
    (write,) = told.actions
    assert isinstance(write, WriteSystem)
    assert state.system is not None
    ref = next(ref for ref in state.objects if ref.kind == "MLSystem")
    observed = state.objects[ref]
    known = replace(observed, body={**(observed.body or {}), "status": dict(write.status)})
    return replace(state, system=record_of(known), objects={**state.objects, ref: known})


async def test_that_a_system_is_no_longer_ready_is_told_at_once() -> None:
    assert [type(a) for a in plan(shop(), await rolling("0 of 2"), NOW).actions] == [WriteSystem]


async def test_how_far_it_has_come_is_told_now_and_then() -> None:
    state = await rolling("0 of 2")
    later = _saying(_having_told(state, plan(shop(), state, NOW)), "1 of 2")
    assert plan(shop(), later, NOW).actions == ()
    told = plan(shop(), replace(later, told_lately=False), NOW).actions
    assert [type(action) for action in told] == [WriteSystem]


async def test_what_a_person_must_do_is_told_at_once() -> None:
    blocked = Health(ready=False, finished=False, message="no such image")
    state = await rolling("0 of 2")
    held = replace(state, objects={**state.objects, WEB: replace(state.objects[WEB], health=blocked)})
    told = _having_told(held, plan(shop(), held, NOW))
    other = replace(blocked, message="another reason")
    later = replace(told, objects={**told.objects, WEB: replace(told.objects[WEB], health=other)})
    assert [type(action) for action in plan(shop(), later, NOW).actions] == [WriteSystem]


def test_who_waits_for_long_is_told_of_details_ever_more_seldom() -> None:
    now = [0.0]
    memory = Memory(clock=lambda: now[0])
    memory.tell(is_detail=False)
    silences = []
    for _ in range(6):
        began = now[0]
        while memory.told_lately():
            now[0] += 1
        silences.append(now[0] - began)
        memory.tell(is_detail=True)
    assert silences == [45, 180, 300, 300, 300, 300]
    memory.tell(is_detail=False)
    now[0] += 45
    assert not memory.told_lately()


async def test_that_it_is_ready_again_is_told_at_once() -> None:
    state = await rolling("0 of 2")
    later = _having_told(state, plan(shop(), state, NOW))
    ready = replace(later.objects[WEB], health=Health())
    done = plan(shop(), replace(later, objects={**later.objects, WEB: ready}), NOW)
    assert [type(action) for action in done.actions] == [WriteSystem]
