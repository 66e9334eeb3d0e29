"""Objects that can't be changed in place: replaced where nothing is lost and all else is right, else held for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bundles import Store, manifest, shop
from simulated_cluster import FreeLease, SimulatedCluster, ref_of

from trimtab.compiler.bundle import Bundle, Late, Ref, Slot, SlotKind
from trimtab.reconciler.actions import Action, HoldKind, Plan, Verb
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import PART_OF, Cause, ClusterInfo, Conflict, Observed, Rejected, Stale
from trimtab.reconciler.immutable import FIXED, marks
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.state import State

WEB, CLAIM = Ref("apps/v1", "Deployment", "shop", "web"), Ref("v1", "PersistentVolumeClaim", "shop", "data")


def system(app: str = "a", storage_class: str = "disk", config: str = "a") -> Bundle:
    model = Late(("models/", Slot(SlotKind.MODEL, "train")))
    web = {"selector": {"matchLabels": {"app": app}}, "model": model}
    claim = {"storageClassName": storage_class, "resources": {"requests": {"storage": "1Gi"}}}
    return replace(
        shop(),
        manifests=(
            manifest("Namespace", "shop"),
            manifest("ConfigMap", "config", data={"x": config}),
            manifest("PersistentVolumeClaim", "data", spec=claim),
            manifest("Deployment", "web", "apps/v1", spec=web),
        ),
    )


@dataclass
class StrictCluster(SimulatedCluster):
    """Refuses what API servers refuse: a change of a fixed field, and whatever `bad` names."""

    bad: set[str] = field(default_factory=set)

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        live = self.objects.get(ref_of(body))
        if live is not None and marks(live.body) != marks(body):
            return Rejected("it is immutable", (Cause(("spec", "selector"), "field is immutable"),))
        if body["metadata"]["name"] in self.bad and (live is None or live.body != body):
            return Rejected("a webhook says no")
        return await super().apply(body, force=force, dry_run=dry_run, uid=uid)


class Listening:
    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []

    def planned(self, plan: Plan, state: State) -> None: ...

    def acted(self, action: Action) -> None:
        if action.step.verb in (Verb.CREATE, Verb.UPDATE, Verb.REPLACE, Verb.DELETE):
            self.done.append((action.step.verb.value, action.step.node))


async def settle(cluster: SimulatedCluster, bundle: Bundle) -> tuple[Plan, list[tuple[str, str]]]:
    listening = Listening()
    info = ClusterInfo("cluster-1", "simulated", (), ())
    loop = Loop(cluster, info, FreeLease(), bundle, Origin("spec.yaml", "abc"), listening)
    await loop.start()
    try:
        async with asyncio.timeout(10):
            return await loop.settle(), listening.done
    finally:
        await loop.stop()


async def test_what_holds_nothing_is_deleted_and_created_anew() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    uid = cluster.objects[WEB].uid
    plan, done = await settle(cluster, system(app="b"))
    assert plan.is_converged, plan.holds
    assert done == [("replace", "Deployment/web"), ("create", "Deployment/web")]
    assert cluster.objects[WEB].uid != uid
    assert cluster.objects[WEB].body["spec"]["selector"] == {"matchLabels": {"app": "b"}}


async def test_what_holds_data_is_never_replaced_and_the_rest_goes_on() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    uid = cluster.objects[CLAIM].uid
    plan, done = await settle(cluster, system(storage_class="tape", config="b"))
    assert done == [("update", "ConfigMap/config")]
    assert cluster.objects[CLAIM].uid == uid
    (hold,) = plan.holds
    assert (hold.node, hold.kind) == ("PersistentVolumeClaim/data", HoldKind.BLOCKED)
    assert hold.reason.startswith("impossible: spec.storageClassName can't be changed in place")


async def test_a_snapshot_holds_data() -> None:
    def with_snapshot(of: str) -> Bundle:
        api = "snapshot.storage.k8s.io/v1"
        snapshot = manifest("VolumeSnapshot", "nightly", api, spec={"source": {"of": of}})
        fixed = {f"{api}/VolumeSnapshot": ("spec.source",)}
        return replace(system(), manifests=(*system().manifests, snapshot), fixed=fixed)

    cluster = SimulatedCluster(Store())
    await settle(cluster, with_snapshot("a"))
    plan, done = await settle(cluster, with_snapshot("b"))
    assert not [node for _, node in done if "Snapshot" in node]
    assert [
        h.node for h in plan.holds if h.kind is HoldKind.BLOCKED and "would lose what it holds" in h.reason
    ] == ["VolumeSnapshot/nightly"]
    plan, done = await settle(cluster, system())
    assert not [node for _, node in done if "Snapshot" in node]
    assert any("something that holds data would be deleted" in h.reason for h in plan.holds)


async def test_nothing_is_replaced_while_anything_is_refused() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    cluster.bad = {"config"}
    plan, done = await settle(cluster, system(app="b", config="b"))
    assert ("replace", "Deployment/web") not in done
    held = {h.node: h.reason for h in plan.holds}
    assert "is to be replaced once ConfigMap/config is no longer refused" in held["Deployment/web"]
    cluster.bad = set()
    plan, done = await settle(cluster, system(app="b", config="b"))
    assert plan.is_converged
    assert ("replace", "Deployment/web") in done


async def test_without_marks_a_refusal_tells_the_same() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    del cluster.objects[WEB].body["metadata"]["annotations"][FIXED]
    plan, done = await settle(cluster, system(app="b"))
    assert plan.is_converged, plan.holds
    assert done == [("update", "Deployment/web"), ("replace", "Deployment/web"), ("create", "Deployment/web")]


async def test_what_is_refused_for_another_reason_is_not_replaced() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    cluster.bad = {"config"}
    plan, done = await settle(cluster, system(config="b"))
    assert done == [("update", "ConfigMap/config")]
    assert [h.reason for h in plan.holds] == ["refused: a webhook says no"]


async def test_what_is_no_member_is_not_deleted() -> None:
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    del cluster.objects[WEB].body["metadata"]["labels"][PART_OF]
    plan, done = await settle(cluster, system(app="b"))
    assert ("replace", "Deployment/web") not in done
    assert any("it is not ours to delete" in h.reason for h in plan.holds)


async def test_what_only_has_our_label_is_not_deleted() -> None:
    """Controllers copy labels; what we never applied is not ours."""
    cluster = StrictCluster(Store())
    await settle(cluster, system())
    cluster.objects[WEB].own = None
    plan, done = await settle(cluster, system(app="b"))
    assert ("replace", "Deployment/web") not in done
    assert any("it is not ours to delete" in h.reason for h in plan.holds)


async def test_what_a_definition_fixes_is_replaced_too() -> None:
    def custom(policy: str) -> Bundle:
        own = manifest("Queue", "own", "a.example.com/v1", spec={"policy": policy})
        fixed = {"a.example.com/v1/Queue": ("spec.policy",)}
        return replace(system(), manifests=(*system().manifests, own), fixed=fixed)

    cluster = SimulatedCluster(Store())
    await settle(cluster, custom("a"))
    plan, done = await settle(cluster, custom("b"))
    assert plan.is_converged, plan.holds
    assert done == [("replace", "Queue/own"), ("create", "Queue/own")]


async def test_what_waits_or_runs_in_a_queue_is_replaced_where_it_is_to_run_elsewhere() -> None:
    """An apply leaves out what the queue has written there, a node selector among it: in place nothing would come of it."""

    def tuned(zone: str) -> Bundle:
        pod = {"nodeSelector": {"zone": zone}, "containers": [{"name": "main", "image": "a"}]}
        job = {"template": {"spec": pod}}
        jobs = [{"name": "workers", "template": {"spec": job}}]
        found = (
            manifest("Job", "tune", "batch/v1", spec=job),
            manifest("JobSet", "tune", "jobset.x-k8s.io/v1alpha2", spec={"replicatedJobs": jobs}),
        )
        return replace(system(), manifests=(*system().manifests, *found))

    cluster = SimulatedCluster(Store())
    await settle(cluster, tuned("a"))
    plan, done = await settle(cluster, tuned("b"))
    assert plan.is_converged, plan.holds
    verbs = {(verb, node.partition("/")[0]) for verb, node in done}
    assert verbs == {(verb, kind) for verb in ("replace", "create") for kind in ("Job", "JobSet")}


class Protected(StrictCluster):
    """Whose Deployments nobody deletes."""

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Any:
        if ref.kind == "Deployment":
            self.written.append(f"asks to delete {ref}")
            return Rejected("a policy protects it")
        return await super().delete(ref, uid=uid, revision=revision)


async def test_what_can_neither_be_changed_nor_deleted_is_told_and_asked_for_once() -> None:
    cluster = Protected(Store())
    await settle(cluster, system())
    del cluster.objects[WEB].body["metadata"]["annotations"][FIXED]
    plan, done = await settle(cluster, system(app="b"))
    assert [(h.node, h.kind, h.reason) for h in plan.holds] == [
        (
            "Deployment/web",
            HoldKind.BLOCKED,
            "the deletion of Deployment/web is refused: a policy protects it",
        )
    ]
    assert done == [("update", "Deployment/web"), ("replace", "Deployment/web")]
    assert cluster.written.count("asks to delete Deployment/web") == 1
