"""A running workload whose labels were taken away is not run a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bundles import SYSTEM, shop
from ledger_records import RECORD
from simulated_cluster import FreeLease, Live, SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import ledger
from trimtab.reconciler.actions import AdvanceRecord, Step, Verb
from trimtab.reconciler.carry_out import Hand, Memory, carry_out
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import WORKLOAD, run_labels
from trimtab.reconciler.ledger import KEY_ANNOTATION, Phase, Record
from trimtab.reconciler.mirror import Mirror

RUNNING = replace(RECORD, phase=Phase.RUNNING, attempt=1)
JOB = Ref("batch/v1", "Job", SYSTEM, RUNNING.workload)


async def running_on(cluster: SimulatedCluster) -> tuple[Hand, Record]:
    mirror = Mirror(cluster, shop())
    created = await cluster.create(ledger.to_body(RUNNING, SYSTEM, SYSTEM))
    assert isinstance(created, Observed)
    written = await cluster.set_status(created.ref, ledger.to_status(RUNNING), revision=created.revision)
    assert isinstance(written, Observed)
    mirror.note(written)
    return Hand(cluster, FreeLease(), shop(), mirror, Memory()), mirror.records[RUNNING.name]


async def give_up(hand: Hand, record: Record) -> Phase:
    lost = replace(record, phase=Phase.LOST, reason="its workload vanished")
    await carry_out(hand, AdvanceRecord(Step("run:train", Verb.RECORD, "it is gone", ()), lost))
    return hand.mirror.records[record.name].phase


def workload(key: str) -> dict[str, object]:
    metadata = {"name": JOB.name, "namespace": SYSTEM, "annotations": {KEY_ANNOTATION: key}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {}}


async def test_a_workload_without_its_labels_gets_them_back() -> None:
    cluster = SimulatedCluster()
    hand, record = await running_on(cluster)
    await cluster.create(workload(record.key))
    assert await give_up(hand, record) is Phase.RUNNING
    assert hand.mirror.objects[JOB].labels == run_labels(SYSTEM, record, WORKLOAD)


async def test_one_that_is_gone_is_lost() -> None:
    hand, record = await running_on(SimulatedCluster())
    assert await give_up(hand, record) is Phase.LOST


async def test_another_of_its_name_is_left_alone() -> None:
    cluster = SimulatedCluster()
    hand, record = await running_on(cluster)
    await cluster.create(workload("v1:another"))
    assert await give_up(hand, record) is Phase.LOST
    assert not cluster.objects[JOB].body["metadata"].get("labels")


async def test_another_that_takes_its_name_at_that_moment_is_left_alone() -> None:
    class Taken(SimulatedCluster):
        async def list(
            self, api_version: str, kind: str, namespace: str = "", selector: Mapping[str, str] | None = None
        ) -> Sequence[Observed]:
            found = await super().list(api_version, kind, namespace, selector)
            if JOB in self.objects and self.objects[JOB].uid != "another":
                self.objects[JOB] = Live(workload("v1:another"), "another", self.clock + 1, None)
            return found

    cluster = Taken()
    hand, record = await running_on(cluster)
    await cluster.create(workload(record.key))
    assert await give_up(hand, record) is Phase.LOST
    assert cluster.objects[JOB].body == workload("v1:another")
