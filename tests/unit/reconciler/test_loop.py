"""The loop on a simulated engine: what a system becomes, change by change, and after a kill at every write."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bundles import SYSTEM, Store, manifest, shop
from settling import Silent, served, settle
from simulated_cluster import Crash, SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.actions import Action, ApplyObject, HoldKind, Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health.pods import KEEPS_FAILING
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.object_planning import FIGHT
from trimtab.reconciler.opening import begun
from trimtab.reconciler.state import State

WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")
CONFIG = Ref("v1", "ConfigMap", SYSTEM, "config-a")
SETTINGS = Ref("v1", "ConfigMap", SYSTEM, "settings")


async def test_from_nothing_to_a_served_model() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    plan, state = await settle(cluster, shop())
    assert plan.is_converged, plan.holds
    assert {r.run: r.phase for r in state.records.values()} == dict.fromkeys(
        ("prepare", "check", "train", "judge"), Phase.SUCCEEDED
    )
    assert cluster.objects[WEB].body["spec"]["model"] == f"models/{state.records[served(state)].directory}"
    assert len(store.computed) == 4
    assert not [ref for ref in cluster.objects if ref.kind == "Job"], (
        "a workload whose end is recorded is deleted"
    )


def still(settings: str) -> Bundle:
    """Nothing runs, nothing serves."""
    return replace(shop(settings=settings), runs=(), endpoints=(), edges=(), datasets=())


class TakesAway:
    """Another writer, for whom there must be no such object."""

    def __init__(self, cluster: SimulatedCluster, ref: Ref) -> None:
        self._cluster, self._ref, self.rests = cluster, ref, False

    def planned(self, plan: Plan, state: State) -> None: ...

    def acted(self, action: Action) -> None:
        if isinstance(action, ApplyObject) and action.ref == self._ref and not self.rests:
            self._cluster.remove(self._ref)


async def test_what_is_taken_away_again_and_again_is_a_fight_that_ends() -> None:
    cluster = SimulatedCluster()
    plan, _ = await settle(cluster, still("a"), listener=TakesAway(cluster, CONFIG))
    assert [hold.reason for hold in plan.holds if hold.kind is HoldKind.BLOCKED] == [
        "another writer keeps taking it away: it is left so for ten minutes, or until the spec changes"
    ]
    assert cluster.written.count(f"apply {CONFIG}") == 1 + FIGHT + 1


class Fight:
    """Another writer changes the settings every 15 seconds, as an autoscaler would."""

    def __init__(self, cluster: SimulatedCluster, loop: Loop) -> None:
        self._cluster, self._loop, self.now = cluster, loop, 0.0
        loop.memory.clock = lambda: self.now

    async def goes_on_for(self, seconds: float) -> tuple[int, Plan]:
        """How often it was healed."""
        before = self._healed
        for _ in range(int(seconds / 15)):
            self.now += 15
            live = self._cluster.objects[SETTINGS]
            theirs = {**live.body, "data": {"x": f"theirs at {self.now:g}"}}
            written = await self._cluster.replace(theirs, revision=str(live.revision))
            while self._loop.mirror.objects[SETTINGS] != written:
                await self._loop.mirror.wait(1)
            plan = await self._loop.settle()
        return self._healed - before, plan

    @property
    def _healed(self) -> int:
        return self._cluster.written.count(f"force {SETTINGS}")


async def test_what_is_changed_every_few_seconds_is_left_so_for_ten_minutes() -> None:
    cluster = SimulatedCluster()
    async with begun(still("a"), Origin("here", "abc"), cluster, Silent()) as loop:
        await loop.settle()
        fight = Fight(cluster, loop)
        healed, plan = await fight.goes_on_for(600)
        assert healed == FIGHT + 1
        (hold,) = plan.holds
        assert (hold.node, hold.kind) == ("ConfigMap/settings", HoldKind.BLOCKED)
        assert hold.reason == (
            "another writer keeps changing it: healing has stopped for ten minutes, or until the spec changes"
        )
        healed, _ = await fight.goes_on_for(600)
        assert healed == FIGHT + 1, "ten minutes after the last one it is tried again"


async def test_another_desired_state_ends_the_fight_about_the_one_before() -> None:
    cluster = SimulatedCluster()
    async with begun(still("a"), Origin("here", "abc"), cluster, Silent()) as loop:
        await loop.settle()
        fight = Fight(cluster, loop)
        await fight.goes_on_for(300)
        cluster.objects[SETTINGS].is_taken = False
        loop.bundle = still("b")
        plan = await loop.settle()
        assert plan.is_converged, plan.holds
        assert cluster.objects[SETTINGS].body["data"] == {"x": "b"}
        of_settings = [line for line in cluster.written if line.endswith(str(SETTINGS))]
        assert of_settings[-2:] == [f"force {SETTINGS}", f"apply {SETTINGS}"]
        assert of_settings.count(f"force {SETTINGS}") == FIGHT + 1, "nothing is forced again"
        healed, plan = await fight.goes_on_for(15)
        assert (healed, plan.is_converged) == (1, True)


async def test_another_desired_state_is_made_where_the_one_before_was_taken_away() -> None:
    cluster = SimulatedCluster()
    listener = TakesAway(cluster, SETTINGS)
    async with begun(still("a"), Origin("here", "abc"), cluster, listener) as loop:
        plan = await loop.settle()
        assert not plan.is_converged
        listener.rests = True
        loop.bundle = still("b")
        plan = await loop.settle()
        assert plan.is_converged, plan.holds


async def test_a_second_apply_writes_nothing() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    writes = cluster.writes
    plan, _ = await settle(cluster, shop())
    assert (plan.is_converged, cluster.writes) == (True, writes)


async def test_a_new_recipe_runs_beside_the_old_and_then_serves() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    _, before = await settle(cluster, shop(rate=0.1))
    _, after = await settle(cluster, shop(rate=0.2))
    assert served(before) != served(after)
    assert len([r for r in after.records.values() if r.run == "train"]) == 2
    assert len(store.computed) == 6, "the pipeline and its contract did not run again"


async def test_an_endpoint_that_has_gone_is_not_said_to_serve() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    kept = tuple(manifest for manifest in shop().manifests if manifest.ref != WEB)
    without = replace(shop(), manifests=kept, endpoints=(), edges=())
    plan, state = await settle(cluster, without)
    assert plan.is_converged
    assert WEB not in cluster.objects
    assert state.system is not None
    assert state.system.serving == {}


async def test_a_revert_computes_nothing_and_serves_the_first_model_again() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    _, first = await settle(cluster, shop(rate=0.1))
    await settle(cluster, shop(rate=0.2))
    computed = len(store.computed)
    plan, reverted = await settle(cluster, shop(rate=0.1))
    assert (served(reverted), len(store.computed)) == (served(first), computed)
    assert plan.is_converged


async def test_a_rejected_run_never_serves_until_its_rule_is_restored() -> None:
    store = Store(accuracy=0.95)
    cluster = SimulatedCluster(store)
    _, first = await settle(cluster, shop(rate=0.1, accuracy=0.9))
    plan, rejected = await settle(cluster, shop(rate=0.2, accuracy=0.99))
    assert served(rejected) == served(first)
    reasons = [h for h in plan.holds if h.kind is HoldKind.BLOCKED]
    assert [(h.at, "0.95" in h.reason and "accuracy >= 0.99" in h.reason) for h in reasons] == [
        (("spec", "accept", "accuracy"), True)
    ]
    computed = len(store.computed)
    _, restored = await settle(cluster, shop(rate=0.2, accuracy=0.9))
    assert served(restored) != served(first)
    assert len(store.computed) == computed, "a restored rule is judged on what is recorded"


async def test_an_edited_rule_never_takes_a_model_away() -> None:
    cluster = SimulatedCluster(Store(accuracy=0.95))
    _, first = await settle(cluster, shop(accuracy=0.9))
    _, later = await settle(cluster, shop(accuracy=0.99))
    assert served(later) == served(first)


async def test_lost_state_is_found_again_beside_the_artifacts() -> None:
    store = Store()
    await settle(SimulatedCluster(store), shop())
    computed = len(store.computed)
    plan, state = await settle(SimulatedCluster(store), shop())
    assert plan.is_converged
    assert len(store.computed) == computed
    assert all(r.recalled for r in state.records.values())


async def test_a_missing_artifact_holds_the_endpoint_and_says_so() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    _, first = await settle(cluster, shop(rate=0.1))
    _, second = await settle(cluster, shop(rate=0.2))
    key = first.records[served(first)].key
    store.records[key] = {"v": 1, "found": False, "problems": ["model.pt2 is gone"]}
    plan, state = await settle(cluster, shop(rate=0.1))
    assert served(state) == served(second)
    assert any("model.pt2 is gone" in h.reason for h in plan.holds)


async def test_what_the_spec_no_longer_names_is_deleted_after_the_rest() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(config="a"))
    await settle(cluster, shop(config="b"))
    assert sorted(r.name for r in cluster.objects if r.name.startswith("config-")) == ["config-b"]


async def test_a_changed_object_is_healed_and_a_deleted_one_comes_back() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    body = {**cluster.objects[WEB].body, "spec": {"model": "stolen"}}
    await cluster.replace(body, revision=str(cluster.objects[WEB].revision))
    cluster.remove(Ref("v1", "ConfigMap", SYSTEM, "config-a"))
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert cluster.objects[WEB].body["spec"]["model"].startswith("models/runs/train/")
    assert Ref("v1", "ConfigMap", SYSTEM, "config-a") in cluster.objects


async def test_what_a_ready_object_says_is_told_and_holds_nothing_back() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    cluster.objects[WEB].health = Health(message="its load is not measured")
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert [(h.kind, h.reason) for h in plan.holds] == [(HoldKind.NOTE, "its load is not measured")]


async def histories(cluster: SimulatedCluster) -> State:
    """A first apply, a change, a prune and a revert: every kind of write there is."""
    await settle(cluster, shop(rate=0.1, config="a"))
    await settle(cluster, shop(rate=0.2, config="b"))
    _, state = await settle(cluster, shop(rate=0.1, config="b"))
    return state


async def test_a_kill_before_or_after_any_write_converges_and_runs_nothing_twice() -> None:
    whole = SimulatedCluster(Store())
    expected = await histories(whole)
    for index in range(whole.writes * 2):
        store = Store()
        cluster = SimulatedCluster(store, crash_at=index)
        with pytest.raises(Crash):
            await histories(cluster)
        cluster.crash_at = -1
        state = await histories(cluster)
        assert served(state) == served(expected), index
        assert sorted(store.computed) == sorted(set(store.computed)), (
            f"a run ran twice after a kill at {index}"
        )
        assert set(cluster.objects) == set(whole.objects), index


async def test_a_lost_workload_is_looked_up_then_tried_again_and_given_up() -> None:
    class Vanishing(Store):
        def __call__(self, body: Any) -> Health:
            if body["metadata"]["annotations"]["role"] == "workload":
                return Health(finished=None, message="computing")
            return super().__call__(body)

    cluster = SimulatedCluster(Vanishing())
    task = asyncio.create_task(settle(cluster, shop()))
    for attempt in (1, 2):
        async with asyncio.timeout(5):
            while not (
                jobs := [r for r in cluster.objects if r.kind == "Job" and r.name.endswith(f"-{attempt}")]
            ):
                await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        cluster.remove(jobs[0])
    plan, state = await task
    record = next(r for r in state.records.values() if r.run == "prepare")
    assert (record.phase, record.attempt) == (Phase.FAILED, 2)
    assert any("retries are used up" in h.reason for h in plan.holds)


def with_thing(bundle: Bundle) -> Bundle:
    """And an object of a kind that no system is made of."""
    return replace(bundle, manifests=(*bundle.manifests, manifest("Thing", "one", "a.b/v1")))


async def test_an_object_of_a_kind_that_the_spec_no_longer_has_is_pruned() -> None:
    cluster, thing = SimulatedCluster(Store()), Ref("a.b/v1", "Thing", SYSTEM, "one")
    await settle(cluster, with_thing(shop()))
    assert thing in cluster.objects
    await settle(cluster, shop())
    assert thing not in cluster.objects


async def test_an_object_that_ended_badly_waits_for_nothing() -> None:
    cluster, thing = SimulatedCluster(Store()), Ref("a.b/v1", "Thing", SYSTEM, "one")
    await settle(cluster, with_thing(shop()))
    cluster.finish(thing, Health(ready=False, finished=False, message="a Pod of it failed"))
    plan, _ = await settle(cluster, with_thing(shop()))
    assert [(h.node, h.kind, h.reason) for h in plan.holds] == [
        ("Thing/one", HoldKind.BLOCKED, "a Pod of it failed")
    ]


async def test_a_server_that_keeps_failing_is_not_waited_for_and_comes_back_by_itself() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    cluster.finish(WEB, Health(ready=False, reason="Progressing", message="0 of 2 replicas are ready"))
    applying = asyncio.create_task(settle(cluster, shop()))
    await asyncio.sleep(0.05)
    assert not applying.done(), "one that is on its way is waited for"
    why = "it fails again and again: ended with exit code 1: KeyError: 'model'"
    cluster.finish(WEB, Health(ready=False, reason=KEEPS_FAILING, message=why))
    plan, _ = await applying
    assert [(h.kind, h.node, h.reason) for h in plan.holds] == [(HoldKind.BLOCKED, "Deployment/web", why)]
    cluster.finish(WEB, Health())
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
