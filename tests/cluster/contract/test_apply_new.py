"""An apply that makes what is not there, and touches nothing that is: neither ours nor anybody's."""

from __future__ import annotations

from typing import Any

from engines import find, observed

from trimtab.reconciler.cluster import AlreadyExists, Cluster, Observed


def met(answer: object) -> Observed:
    assert isinstance(answer, AlreadyExists)
    assert answer.observed is not None
    return answer.observed


async def test_what_is_not_there_is_made_as_by_any_apply(cluster: Cluster, config: dict[str, Any]) -> None:
    made = observed(await cluster.apply_new(config))
    assert observed(await cluster.apply(config)) == made


async def test_what_is_there_is_told_of_and_left_as_it_is(cluster: Cluster, config: dict[str, Any]) -> None:
    made = observed(await cluster.apply(config))
    assert met(await cluster.apply_new({**config, "data": {"color": "blue"}})) == made
    assert await find(cluster, made.ref) == made


async def test_a_strangers_object_is_told_to_be_none_of_ours(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    theirs = observed(await other.apply(config))
    there = met(await cluster.apply_new(config))
    assert (there.uid, there.own, there.ours) == (theirs.uid, "", False)
    assert await find(other, theirs.ref) == theirs


async def test_what_we_created_is_ours_though_no_apply_owns_it(
    cluster: Cluster, config: dict[str, Any]
) -> None:
    made = observed(await cluster.create(config))
    assert (made.own, made.ours) == ("", True)


async def test_a_dry_run_makes_nothing(cluster: Cluster, config: dict[str, Any]) -> None:
    tried = observed(await cluster.apply_new(config, dry_run=True))
    assert await find(cluster, tried.ref) is None
    made = observed(await cluster.apply(config))
    assert met(await cluster.apply_new(config, dry_run=True)) == made
