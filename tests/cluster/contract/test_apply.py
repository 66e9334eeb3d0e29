"""Server-side apply through the door: idempotent, honest about conflicts, and free of false drift."""

from __future__ import annotations

from typing import Any

import pytest
from engines import find, observed

from trimtab.reconciler.cluster import Cluster, Conflict, Rejected, Stale


def with_data(config: dict[str, Any], **data: str) -> dict[str, Any]:
    return {**config, "data": data}


async def test_apply_makes_what_is_not_there(cluster: Cluster, config: dict[str, Any]) -> None:
    made = observed(await cluster.apply(config))
    assert made.own
    assert not made.deleting
    assert await find(cluster, made.ref) == made


async def test_applying_the_same_again_writes_nothing(cluster: Cluster, config: dict[str, Any]) -> None:
    first = observed(await cluster.apply(config))
    assert observed(await cluster.apply(config)).revision == first.revision


async def test_a_change_is_a_new_revision_and_a_new_digest(cluster: Cluster, config: dict[str, Any]) -> None:
    first = observed(await cluster.apply(config))
    second = observed(await cluster.apply(with_data(config, color="blue")))
    assert second.uid == first.uid
    assert second.revision != first.revision
    assert second.own != first.own
    back = observed(await cluster.apply(config))
    assert back.own == first.own


async def test_a_field_of_another_manager_is_a_conflict(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    theirs = observed(await other.apply(config))
    answer = await cluster.apply(with_data(config, color="blue", size="10"))
    assert answer == Conflict("somebody-else", (("data", "color"),))
    assert (await find(cluster, theirs.ref)) is not None
    assert (await find(other, theirs.ref)) == theirs


async def test_force_takes_the_field(cluster: Cluster, other: Cluster, config: dict[str, Any]) -> None:
    await other.apply(config)
    ours = observed(await cluster.apply(with_data(config, color="blue"), force=True))
    assert ours.own
    answer = await other.apply(config)
    assert isinstance(answer, Conflict)
    assert answer.paths == (("data", "color"),)


async def test_two_managers_may_say_the_same(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    await other.apply(config)
    assert observed(await cluster.apply(config)).own


async def test_what_others_add_is_no_drift(cluster: Cluster, other: Cluster, config: dict[str, Any]) -> None:
    ours = observed(await cluster.apply(config))
    labelled = {**config, "metadata": {**config["metadata"], "labels": {"team": "x"}}, "data": {"more": "1"}}
    await other.apply(labelled)
    now = await find(cluster, ours.ref)
    assert now is not None
    assert now.labels == {"app": "a", "team": "x"}
    assert now.own == ours.own


async def test_what_others_take_over_is_drift_and_heals(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    ours = observed(await cluster.apply(config))
    await other.apply(with_data(config, color="blue", size="10"), force=True)
    drifted = await find(cluster, ours.ref)
    assert drifted is not None
    assert drifted.own != ours.own
    assert observed(await cluster.apply(config, force=True)).own == ours.own


async def test_a_plain_replacement_by_another_is_drift(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    ours = observed(await cluster.apply(config))
    await other.replace(with_data(config, color="blue", size="10"), revision=ours.revision)
    drifted = await find(cluster, ours.ref)
    assert drifted is not None
    assert drifted.own != ours.own
    assert isinstance(await cluster.apply(config), Conflict)


async def test_what_we_no_longer_apply_goes_and_what_others_own_stays(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    await cluster.apply(with_data(config, color="red", size="10"))
    await other.apply(with_data(config, color="red"))
    await cluster.apply({**config, "data": {"shape": "round"}})
    assert isinstance(await cluster.apply(with_data(config, color="blue")), Conflict)
    assert observed(await cluster.apply(with_data(config, size="11"))).own


async def test_a_dry_run_writes_nothing(cluster: Cluster, config: dict[str, Any]) -> None:
    would_be = observed(await cluster.apply(config, dry_run=True))
    assert await find(cluster, would_be.ref) is None
    first = observed(await cluster.apply(config))
    changed = observed(await cluster.apply(with_data(config, color="blue"), dry_run=True))
    assert changed.own != first.own
    assert await find(cluster, first.ref) == first


async def test_a_dry_run_finds_conflicts_and_refusals(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    await other.apply(config)
    assert isinstance(await cluster.apply(with_data(config, color="blue"), dry_run=True), Conflict)
    bad = {**config, "metadata": {**config["metadata"], "name": "-"}}
    assert isinstance(await cluster.apply(bad, dry_run=True), Rejected)


async def test_an_object_is_applied_by_its_uid(cluster: Cluster, config: dict[str, Any]) -> None:
    first = observed(await cluster.apply(config))
    second = observed(await cluster.apply(with_data(config, color="blue"), uid=first.uid))
    assert second.uid == first.uid
    assert second.own != first.own
    assert observed(await cluster.apply(with_data(config, color="blue"))) == second


HOWS = pytest.mark.parametrize(
    "how",
    [{}, {"force": True}, {"force": True, "dry_run": True}],
    ids=["as it is", "by force", "as a dry run"],
)


@HOWS
async def test_what_has_taken_the_name_of_another_is_left_as_it_is(
    cluster: Cluster, other: Cluster, config: dict[str, Any], how: dict[str, bool]
) -> None:
    first = observed(await cluster.apply(config))
    await cluster.delete(first.ref, uid=first.uid)
    theirs = observed(await other.apply(with_data(config, color="blue")))
    assert await cluster.apply(config, uid=first.uid, **how) == Stale(first.ref)
    assert await cluster.apply({**config, "data": {}}, uid=first.uid, **how) == Stale(first.ref)
    assert await find(other, first.ref) == theirs


@HOWS
async def test_what_is_gone_is_not_made_again_under_its_uid(
    cluster: Cluster, config: dict[str, Any], how: dict[str, bool]
) -> None:
    first = observed(await cluster.apply(config))
    await cluster.delete(first.ref, uid=first.uid)
    assert await cluster.apply(config, uid=first.uid, **how) == Stale(first.ref)
    assert await find(cluster, first.ref) is None


async def test_a_conflict_and_a_refusal_of_the_object_itself_are_told(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    theirs = observed(await other.apply(config))
    answer = await cluster.apply(with_data(config, color="blue"), uid=theirs.uid)
    assert answer == Conflict("somebody-else", (("data", "color"),))
    bad = {**config, "metadata": {**config["metadata"], "labels": {"-": "-"}}}
    assert isinstance(await cluster.apply(bad, uid=theirs.uid), Rejected)


async def test_the_generation_counts_what_is_asked_for(cluster: Cluster, namespace: str) -> None:
    def service(port: int, **labels: str) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": namespace, "labels": labels},
            "spec": {"clusterIP": "None", "selector": {"app": "nobody"}, "ports": [{"port": port}]},
        }

    first = observed(await cluster.apply(service(80)))
    labelled = observed(await cluster.apply(service(80, team="x")))
    changed = observed(await cluster.apply(service(81, team="x")))
    assert labelled.generation == first.generation
    assert changed.own != labelled.own
