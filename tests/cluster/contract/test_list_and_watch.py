"""A watch lists what is there, says so, and then tells each change once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from engines import Engine, connected, find, next_event, observed

from trimtab.reconciler.cluster import MEMORY, Change, Cluster, Event

CONFIG = [("v1", "ConfigMap")]


def named(config: dict[str, Any], name: str, **labels: str) -> dict[str, Any]:
    return {**config, "metadata": {**config["metadata"], "name": name, "labels": labels}}


async def listed(events: AsyncIterator[Event]) -> list[str]:
    names = []
    while (event := await next_event(events)).change is not Change.SYNCED:
        assert event.change is Change.ADDED
        assert event.observed is not None
        names.append(event.observed.ref.name)
    return sorted(names)


async def told(events: AsyncIterator[Event]) -> tuple[Change, str]:
    event = await next_event(events)
    assert event.observed is not None
    return event.change, event.observed.ref.name


async def test_a_list_is_of_one_namespace_and_selection(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    for name, app in (("one", "a"), ("two", "b")):
        await cluster.apply(named(config, name, app=app))
    everything = await cluster.list("v1", "ConfigMap", namespace)
    assert {each.ref.name for each in everything} >= {"one", "two"}
    chosen = await cluster.list("v1", "ConfigMap", namespace, {"app": "b"})
    assert [each.ref.name for each in chosen] == ["two"]
    assert await cluster.list("v1", "ConfigMap", "elsewhere") == []


async def test_a_watch_lists_first(cluster: Cluster, namespace: str, config: dict[str, Any]) -> None:
    await cluster.apply(named(config, "one", mine="yes"))
    async with aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        assert await listed(events) == ["one"]


async def test_a_watch_tells_what_changes(cluster: Cluster, namespace: str, config: dict[str, Any]) -> None:
    async with aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        assert await listed(events) == []
        made = observed(await cluster.apply(named(config, "one", mine="yes")))
        assert await told(events) == (Change.ADDED, "one")
        changed = observed(
            await cluster.apply({**named(config, "one", mine="yes"), "data": {"color": "blue"}})
        )
        event = await next_event(events)
        assert (event.change, event.observed) == (Change.MODIFIED, changed)
        await cluster.delete(made.ref, uid=made.uid)
        assert await told(events) == (Change.DELETED, "one")


async def test_what_leaves_the_selection_is_deleted_for_who_watches_it(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    await cluster.apply(named(config, "one", mine="yes"))
    async with aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        assert await listed(events) == ["one"]
        await cluster.apply(named(config, "one", mine="no"))
        assert await told(events) == (Change.DELETED, "one")
        await cluster.apply(named(config, "one", mine="yes"))
        assert await told(events) == (Change.ADDED, "one")


async def test_a_watch_can_be_of_several_kinds(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    kinds = [*CONFIG, ("v1", "ServiceAccount")]
    account = {**named(config, "robot", mine="yes"), "kind": "ServiceAccount"}
    del account["data"]
    async with aclosing(cluster.watch(kinds, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        assert await listed(events) == []
        await cluster.apply(named(config, "one", mine="yes"))
        await cluster.apply(account)
        assert [await told(events), await told(events)] == [(Change.ADDED, "one"), (Change.ADDED, "robot")]


async def test_what_is_in_no_namespace_is_watched_from_each(cluster: Cluster, namespace: str) -> None:
    listed_from_here = await cluster.list("v1", "Namespace", namespace)
    assert namespace in {each.ref.name for each in listed_from_here}
    async with aclosing(cluster.watch([("v1", "Namespace")], namespace)) as events:  # type: ignore[type-var]
        assert namespace in await listed(events)


async def test_a_write_that_changes_nothing_is_not_told(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    await cluster.apply(named(config, "one", mine="yes"))
    async with aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        assert await listed(events) == ["one"]
        await cluster.apply(named(config, "one", mine="yes"))
        await cluster.apply(named(config, "two", mine="yes"))
        assert await told(events) == (Change.ADDED, "two")


async def test_watchers_hear_of_what_others_write(
    engine: Engine[Cluster], cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    async with (
        connected(engine, "somebody-else") as other,
        aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events,  # type: ignore[type-var]
    ):
        assert await listed(events) == []
        writes = [other.apply(named(config, f"c{number}", mine="yes")) for number in range(20)]
        await asyncio.gather(*writes)
        assert {(await told(events))[1] for _ in range(20)} == {f"c{number}" for number in range(20)}


async def test_of_what_is_not_ours_to_read_the_content_stays_behind_the_door(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    """A ConfigMap is told whole where its label says that the reconciler keeps something in it."""
    ours, theirs = named(config, "ours", mine="yes", **{MEMORY: "x"}), named(config, "theirs", mine="yes")
    created = observed(await cluster.create(ours))
    assert created.body is not None
    assert created.body["data"] == config["data"]
    assert observed(await cluster.create(theirs)).body is None
    async with aclosing(cluster.watch(CONFIG, namespace, {"mine": "yes"})) as events:  # type: ignore[type-var]
        seen = [(await next_event(events)).observed for _ in range(2)]
    told_whole = {each.ref.name: each.body for each in seen if each is not None}
    assert told_whole["ours"] is not None
    assert told_whole["ours"]["data"] == config["data"]
    assert told_whole["theirs"] is None


async def test_what_would_be_after_a_forced_dry_run_shows_what_somebody_has_changed(
    cluster: Cluster, other: Cluster, config: dict[str, Any]
) -> None:
    first = observed(await cluster.apply(config))
    same = observed(await cluster.apply(config, force=True, dry_run=True))
    assert same.own == first.own
    stolen = observed(await other.apply({**config, "data": {"color": "blue"}}, force=True))
    would_be = observed(await cluster.apply(config, force=True, dry_run=True))
    now = await find(cluster, first.ref)
    assert now is not None
    assert (now.own != would_be.own, would_be.own == first.own) == (True, True)
    assert now.revision == stolen.revision
