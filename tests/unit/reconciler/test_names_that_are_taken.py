"""A Job under whose name another one still stands is waited for, and not asked for again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import Live, SimulatedCluster, ref_of

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Action, CreateObjects, HoldKind, Plan, Verb
from trimtab.reconciler.cluster import AlreadyExists, Change, Observed, Rejected, Stale
from trimtab.reconciler.desired import LOOKUP, RECORD_LABEL, run_labels
from trimtab.reconciler.state import State


class Lingering(SimulatedCluster):
    """A Job that is deleted stays, being deleted, until it is let go: as one does until its Pods are gone."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.going: set[Ref] = set()
        self.strange = ""
        """A name of which all that is there is somebody else's."""
        self.in_vain: list[str] = []
        """Creations of what was there already."""

    def _observed(self, ref: Ref, live: Live) -> Observed:
        known = super()._observed(ref, live)
        return replace(
            known, deleting=ref in self.going, ours=not self.strange or self.strange not in ref.name
        )

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected:
        answer = await super().create(body)
        if isinstance(answer, AlreadyExists):
            self.in_vain.append(ref_of(body).name)
        return answer

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | None:
        if ref.kind != "Job":
            return await super().delete(ref, uid=uid, revision=revision)
        self.going.add(ref)
        self.clock += 1
        self.objects[ref] = replace(self.objects[ref], revision=self.clock)
        self._tell(ref, Change.MODIFIED)
        return None

    def let_go(self) -> list[Ref]:
        gone, self.going = sorted(self.going), set()
        for ref in gone:
            self.remove(ref)
        return gone


class Patient:
    """Lets what is being deleted go once a plan does nothing but wait for it."""

    def __init__(self, cluster: Lingering) -> None:
        self._cluster = cluster
        self.waited: dict[str, str] = {}

    def planned(self, plan: Plan, state: State) -> None:
        waits = {h.node: h.reason for h in plan.holds if h.kind is HoldKind.WAITING}
        if not plan.actions and any("is being deleted" in reason for reason in waits.values()):
            self.waited |= waits
            self._cluster.let_go()

    def acted(self, action: Action) -> None: ...


async def test_a_check_waits_until_the_look_up_of_its_record_is_gone() -> None:
    cluster = Lingering(Store())
    patient = Patient(cluster)
    plan, state = await settle(cluster, shop(), listener=patient)
    assert plan.is_converged
    assert cluster.in_vain == []
    (record,) = [r for r in state.records.values() if r.run == "train"]
    name = f"Job/{record.name}-lookup"
    assert patient.waited == {"endpoint:web": f"{name} is being deleted: it is made anew once it is gone"}


async def test_a_check_waits_for_a_look_up_whose_answer_is_not_yet_cleared_away() -> None:
    store = Store()
    await settle(SimulatedCluster(store), shop())
    cluster = Lingering(store)
    plan, _ = await settle(cluster, shop(), listener=Patient(cluster))
    assert plan.is_converged
    assert cluster.in_vain == []


class DeletesOnce(Patient):
    """And deletes the workload of a run as soon as it is made."""

    def __init__(self, cluster: Lingering) -> None:
        super().__init__(cluster)
        self._left = 1

    def acted(self, action: Action) -> None:
        if isinstance(action, CreateObjects) and action.step.verb is Verb.START and self._left:
            self._left -= 1
            cluster, ref = self._cluster, ref_of(action.bodies[-1])
            cluster.going.add(ref)
            cluster.finish(ref, cluster.objects[ref].health)


async def test_a_workload_that_is_being_deleted_before_it_was_seen_is_waited_for() -> None:
    cluster = Lingering(Store())
    patient = DeletesOnce(cluster)
    plan, _ = await settle(cluster, shop(), listener=patient)
    assert plan.is_converged
    assert cluster.in_vain == []
    assert "run:prepare" in patient.waited


async def test_what_only_bears_our_labels_is_told_and_not_waited_for() -> None:
    cluster = Lingering(Store())
    cluster.strange = "-lookup"
    plan, _ = await settle(cluster, shop())
    assert plan.is_settled
    assert cluster.in_vain == []
    (reason,) = [h.reason for h in plan.holds if h.node == "run:prepare" and h.kind is HoldKind.BLOCKED]
    assert reason.startswith("there is a Job/prepare-")
    assert reason.endswith("-lookup already, which is not of this system: delete it")


class Undeletable(Lingering):
    """A webhook refuses the deletion of Jobs."""

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Any:
        if ref.kind == "Job":
            return Rejected("not on a Friday")
        return await super().delete(ref, uid=uid, revision=revision)


async def test_what_may_not_be_cleared_away_is_not_waited_for() -> None:
    cluster = Undeletable(Store())
    plan, _ = await settle(cluster, shop())
    assert plan.is_settled
    assert cluster.in_vain == []
    reasons = [h.reason for h in plan.holds if h.node == "run:train"]
    assert any(reason.endswith("-lookup is refused: not on a Friday") for reason in reasons)


async def test_a_look_up_that_says_it_is_of_another_run_is_told_and_not_made_again_and_again() -> None:
    cluster = Lingering(Store())
    _, state = await settle(SimulatedCluster(Store()), shop())
    (prepare,) = [record for record in state.records.values() if record.run == "prepare"]
    labels = {**run_labels(SYSTEM, prepare, LOOKUP), RECORD_LABEL: "another"}
    metadata = {"name": f"{prepare.name}-lookup", "namespace": SYSTEM, "labels": labels}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata}
    cluster.objects[ref_of(body)] = Live(body, "uid-strange", 1, None)
    plan, _ = await settle(cluster, shop())
    (hold,) = [hold for hold in plan.holds if hold.node == "run:prepare"]
    assert hold.kind is HoldKind.BLOCKED
    assert (
        hold.reason
        == f"there is a Job/{prepare.name}-lookup already, which says that it is of another run: delete it"
    )
    assert cluster.in_vain == []
