"""What was applied last is kept in the cluster: before it is applied, and as long as anything is as it asks."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from bundles import SYSTEM, Store, manifest, shop
from settling import Silent, served, settle
from simulated_cluster import Crash, SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import baselines
from trimtab.reconciler.actions import Action, HoldKind
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.applied import BUNDLE_ANNOTATION, PART_ANNOTATION
from trimtab.reconciler.cluster import (
    MEMORY,
    AlreadyExists,
    Change,
    Conflict,
    Event,
    Observed,
    Rejected,
    Stale,
)
from trimtab.reconciler.opening import begun

SETTINGS = Ref("v1", "ConfigMap", SYSTEM, "settings")
WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")
MIRROR = Ref("trimtab.dev/v1", "MLSystem", SYSTEM, SYSTEM)


def kept(cluster: SimulatedCluster) -> list[Ref]:
    return [ref for ref, live in cluster.objects.items() if MEMORY in live.body["metadata"].get("labels", {})]


async def steal(cluster: SimulatedCluster, ref: Ref, **change: Any) -> None:
    live = cluster.objects[ref]
    await cluster.replace({**live.body, **change}, revision=str(live.revision))


async def test_a_bundle_is_kept_before_any_of_it_is_applied() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    assert [line.split()[0] for line in cluster.written[:3]] == ["apply", "create", "apply"]
    assert "applied-" in cluster.written[1]
    cluster.written.clear()
    await settle(cluster, shop(settings="a"))
    assert "applied-" in cluster.written[0], cluster.written


async def test_one_is_kept_once_all_is_as_the_spec_says() -> None:
    cluster = SimulatedCluster(Store())
    for settings in ("a", "b", "a"):
        await settle(cluster, shop(settings=settings))
        assert len(kept(cluster)) == 1


@dataclass
class Slow(SimulatedCluster):
    """What is deleted is on its way out for ever, as a Deployment is until its Pods have gone."""

    lingers: str = "Deployment"

    def remove(self, ref: Ref) -> None:
        if ref.kind != self.lingers:
            return super().remove(ref)
        going = replace(self._observed(ref, self.objects[ref]), deleting=True, revision=str(self.clock + 1))
        self.clock += 1
        for queue in self.listeners:
            queue.put_nowait(Event(Change.MODIFIED, going))
        return None


async def test_no_bundle_is_kept_for_what_is_on_its_way_out() -> None:
    cluster = Slow(Store())
    await settle(cluster, shop(more=[manifest("Deployment", "old", "apps/v1")]))
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert "delete Deployment/old" in cluster.written
    assert len(kept(cluster)) == 1


async def test_what_somebody_deletes_is_kept_again() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    before = kept(cluster)
    cluster.remove(before[0])
    await settle(cluster, shop())
    assert kept(cluster) == before


async def test_what_somebody_damages_is_written_anew() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    (ref,) = kept(cluster)
    whole = cluster.objects[ref].body["binaryData"]
    cluster.objects[ref].body["binaryData"] = {"part": "AAAA"}
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert cluster.objects[ref].body["binaryData"] == whole


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another bundle's name": lambda metadata: metadata["annotations"].update({BUNDLE_ANNOTATION: "sha256:0"}),
    "no bundle's name": lambda metadata: metadata["annotations"].pop(BUNDLE_ANNOTATION),
    "a number that is none": lambda metadata: metadata["annotations"].update(
        {PART_ANNOTATION: 5000 * "9" + "/1"}
    ),
    "no annotation at all": lambda metadata: metadata.pop("annotations"),
    "not our memory": lambda metadata: metadata["labels"].pop(MEMORY),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_what_somebody_takes_the_marks_off_is_written_anew(edit: str) -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    (ref,) = kept(cluster)
    whole = cluster.objects[ref].body
    metadata = copy.deepcopy(whole["metadata"])
    EDITS[edit](metadata)
    await steal(cluster, ref, metadata=metadata)
    cluster.written.clear()
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged, plan.holds
    assert cluster.objects[ref].body == whole
    assert cluster.written == [f"delete {ref}", f"create {ref}"]


async def test_marks_that_are_taken_off_meanwhile_are_missed() -> None:
    """A daemon has read the bundle before."""
    cluster = SimulatedCluster(Store())
    async with begun(shop(), Origin("spec.yaml", "abc"), cluster, Silent()) as loop:
        await loop.settle()
        (ref,) = kept(cluster)
        metadata = copy.deepcopy(cluster.objects[ref].body["metadata"])
        del metadata["labels"][MEMORY]
        loop.nudge()
        await steal(cluster, ref, metadata=metadata)
        async with asyncio.timeout(10):
            while ref in loop.mirror.objects and MEMORY in loop.mirror.objects[ref].labels:
                await loop.mirror.wait(1)
            await loop.settle()
    assert kept(cluster) == [ref]


async def test_a_copy_of_what_is_kept_is_nothing_to_us() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    (ref,) = kept(cluster)
    body = copy.deepcopy(cluster.objects[ref].body)
    body["metadata"]["name"] = f"{SYSTEM}-copy"
    body["binaryData"] = {"part": "AAAA"}
    await cluster.create(body)
    cluster.written.clear()
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged, plan.holds
    assert cluster.written == []


class NotingVerbs(Silent):
    def __init__(self) -> None:
        self.done: list[str] = []

    def acted(self, action: Action) -> None:
        self.done.append(action.step.verb.value)


async def test_what_is_damaged_and_does_not_go_is_waited_for() -> None:
    cluster = Slow(Store(), lingers="")
    await settle(cluster, shop())
    cluster.lingers, noting = "ConfigMap", NotingVerbs()
    (ref,) = kept(cluster)
    cluster.objects[ref].body["binaryData"] = {"part": "AAAA"}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await settle(cluster, shop(), listener=noting)
    assert noting.done == ["clean up", "remember"]


class Full(SimulatedCluster):
    """No further ConfigMap is taken."""

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected:
        if "-applied-" in body["metadata"]["name"]:
            return Rejected("exceeded quota: objects")
        return await super().create(body)


async def test_nothing_is_applied_that_could_not_be_kept() -> None:
    cluster = Full(Store())
    plan, _ = await settle(cluster, shop())
    assert [ref.kind for ref in cluster.objects] == ["Namespace"]
    (hold,) = plan.holds
    assert hold.kind is HoldKind.BLOCKED
    assert hold.reason == (
        "the bundle can't be kept, and is not applied before it is: refused: exceeded quota: objects"
    )


async def test_what_serves_is_not_forgotten_while_the_next_bundle_can_not_be_kept() -> None:
    cluster = SimulatedCluster(Store())
    _, before = await settle(cluster, shop())
    cluster.__class__ = Full
    plan, after = await settle(cluster, shop(settings="a"))
    assert [h.kind for h in plan.holds] == [HoldKind.BLOCKED]
    assert served(after) == served(before)


async def test_a_change_that_meets_drift_heals_what_was_applied_last_and_is_then_applied_unforced() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(settings="a"))
    await steal(cluster, SETTINGS, data={"x": "stolen"})
    cluster.written.clear()
    plan, _ = await settle(cluster, shop(settings="b"))
    assert plan.is_converged, plan.holds
    of_settings = [line for line in cluster.written if "settings" in line]
    assert of_settings == ["force ConfigMap/settings", "apply ConfigMap/settings"]
    assert cluster.objects[SETTINGS].body["data"] == {"x": "b"}


class Forbidding(SimulatedCluster):
    """No settings `a` are taken any more, not even by a dry run."""

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        if body["metadata"]["name"] == "settings" and body["data"] == {"x": "a"} and SETTINGS in self.objects:
            return Rejected("a policy says no to a")
        return await super().apply(body, force=force, dry_run=dry_run, uid=uid)


@pytest.mark.parametrize("knows_it", [True, False])
async def test_where_what_was_applied_last_is_refused_by_now_the_next_commit_is_the_way_out(
    knows_it: bool,
) -> None:
    """Without a baseline, it would be adopted first."""
    cluster = Forbidding(Store())
    await settle(cluster, shop(settings="a"))
    if not knows_it:
        del cluster.objects[MIRROR].body["status"]
    await steal(cluster, SETTINGS, data={"x": "stolen"})
    plan, _ = await settle(cluster, shop(settings="b"))
    assert "somebody owns spec: nothing was written" in [h.reason for h in plan.holds]
    cluster.objects[SETTINGS].is_taken = False
    plan, _ = await settle(cluster, shop(settings="b"))
    assert plan.is_converged, plan.holds
    assert cluster.objects[SETTINGS].body["data"] == {"x": "b"}


async def test_an_edited_spec_in_the_cluster_is_healed_before_the_next_commit_is_applied() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    await steal(cluster, MIRROR, spec={"rate": 7})
    plan, _ = await settle(cluster, shop(rate=0.2))
    assert plan.is_converged, plan.holds
    assert cluster.objects[MIRROR].body["spec"]["rate"] == 0.2


async def test_the_first_apply_never_takes_a_field_from_somebody() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    body = manifest("ConfigMap", "settings", data={"x": "theirs"}).body
    await cluster.apply(body)
    await steal(cluster, SETTINGS, data={"x": "theirs"})
    plan, _ = await settle(cluster, shop(settings="a"))
    assert cluster.objects[SETTINGS].body["data"] == {"x": "theirs"}
    (hold,) = [h for h in plan.holds if h.kind is HoldKind.BLOCKED]
    assert hold.reason == "somebody owns spec: nothing was written"


async def test_a_change_says_which_fields_it_changes() -> None:
    cluster = SimulatedCluster(Store())
    reasons: list[str] = []

    class Noting:
        def planned(self, plan: Any, state: Any) -> None:
            reasons.extend(f"{a.step.verb} {a.step.node}: {a.step.reason}" for a in plan.actions)

        def acted(self, action: Any) -> None: ...

    await settle(cluster, shop(settings="a"))
    await settle(cluster, shop(settings="b", rate=0.2), listener=Noting())
    assert "update ConfigMap/settings: data.x changed" in reasons
    assert "update MLSystem/shop: spec.rate changed" in reasons


async def killed_every(writes: int, cluster: SimulatedCluster, **spec: Any) -> int:
    """Applied by a writer that is killed after so many writes, again and again. How often it was."""
    for deaths in range(200):
        cluster.crash_at = (cluster.writes + writes) * 2 - 1
        try:
            await settle(cluster, shop(**spec))
        except Crash:
            continue
        return deaths
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("writes", [1, 2, 3])
async def test_a_writer_that_dies_young_again_and_again_gets_there_and_writes_nothing_twice(
    writes: int,
) -> None:
    whole = SimulatedCluster(Store())
    for spec in ({"settings": "a"}, {"settings": "b", "rate": 0.2}):
        await settle(whole, shop(**spec))
    cluster = SimulatedCluster(Store())
    for spec in ({"settings": "a"}, {"settings": "b", "rate": 0.2}):
        assert await killed_every(writes, cluster, **spec) > 3
    assert set(cluster.objects) == set(whole.objects)
    applied = [line for line in cluster.written if line.startswith(("apply", "force"))]
    assert sorted(applied) == sorted(line for line in whole.written if line.startswith(("apply", "force")))


async def test_drift_within_a_pass_that_was_killed_is_seen_by_the_next() -> None:
    whole = SimulatedCluster(Store())
    await settle(whole, shop(settings="a"))
    cluster = SimulatedCluster(Store(), crash_at=whole.written.index("apply ConfigMap/settings") * 2 + 1)
    with pytest.raises(Crash):
        await settle(cluster, shop(settings="a"))
    await steal(cluster, SETTINGS, data={"x": "stolen"})
    cluster.crash_at = -1
    await settle(cluster, shop(settings="a"))
    assert cluster.objects[SETTINGS].body["data"] == {"x": "a"}
    assert "force ConfigMap/settings" in cluster.written


async def test_what_was_applied_last_leaves_first() -> None:
    cluster = SimulatedCluster(Store())
    names = ["first", "second", "third"]
    await settle(cluster, shop(more=[manifest("NetworkPolicy", n, "networking.k8s.io/v1") for n in names]))
    cluster.written.clear()
    await settle(cluster, shop())
    assert [line for line in cluster.written if "NetworkPolicy" in line] == [
        f"delete NetworkPolicy/{name}" for name in reversed(names)
    ]


async def test_a_writer_that_dies_after_a_deletion_leaves_no_baseline_of_it() -> None:
    cluster = SimulatedCluster(Store())
    old = manifest("NetworkPolicy", "old", "networking.k8s.io/v1")
    await settle(cluster, shop(more=[old]))
    for index in range(cluster.writes * 2, cluster.writes * 2 + 100):
        cluster.crash_at = index
        with suppress(Crash):
            await settle(cluster, shop())
        if "delete NetworkPolicy/old" in cluster.written:
            break
    cluster.crash_at = -1
    _, state = await settle(cluster, shop())
    assert state.system is not None
    assert old.ref not in baselines.of(state.system)
