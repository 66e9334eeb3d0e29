"""How wide a watch is: one namespace, every system of the cluster, or what rights allow."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from control_plane import Access, Identity
from control_plane.fixtures import make_namespace
from faulty_connection import Watched, watched

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, ClusterUnavailable

CONFIG, NAMESPACE = ("v1", "ConfigMap"), ("v1", "Namespace")
WATCH = ["get", "list", "watch"]


def make_config(plane: Access, namespace: str, system: str) -> Ref:
    metadata = {"name": system, "labels": {"trimtab.dev/system": system}}
    plane.api.create(f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": metadata})
    return Ref("v1", "ConfigMap", namespace, system)


async def listed(here: Watched, namespace: str, system: str) -> list[str]:
    """What another one who asks the same feeds is told at first."""
    names: list[str] = []
    async with (
        aclosing(here.feeds.watch([CONFIG], namespace, {"trimtab.dev/system": system})) as events,
        asyncio.timeout(30),
    ):
        async for event in events:
            if event.change is Change.SYNCED:
                return names
            assert event.observed is not None
            names.append(event.observed.ref.name)
    raise AssertionError("a watch never ends by itself")


async def test_one_watch_serves_every_system(control_plane: Access, kube_namespace: str) -> None:
    second = make_namespace(control_plane, "second")
    one, two = make_config(control_plane, kube_namespace, "one"), make_config(control_plane, second, "two")
    async with watched(
        control_plane.kubeconfig, [CONFIG], kube_namespace, all_systems=True, system="one"
    ) as here:
        assert set(here.objects) == {one}
        assert await listed(here, second, "two") == [two.name]
        assert await listed(here, kube_namespace, "two") == [], "that system is elsewhere"
        assert here.connection.watches == ["configmaps"]
        later = make_config(control_plane, kube_namespace, "later")
        label = {"metadata": {"labels": {"trimtab.dev/system": "one"}}}
        path = f"/api/v1/namespaces/{kube_namespace}/configmaps/later"
        control_plane.api.request("PATCH", path, label, "application/merge-patch+json")
        await here.seen(later, lambda seen: True, "what has become one of this system's")
        label["metadata"]["labels"]["trimtab.dev/system"] = "two"
        control_plane.api.request("PATCH", path, label, "application/merge-patch+json")
        await here.gone(later)


async def test_a_watch_ends_with_the_last_who_listens(control_plane: Access, kube_namespace: str) -> None:
    make_config(control_plane, kube_namespace, "one")
    async with watched(control_plane.kubeconfig, [CONFIG], kube_namespace, system="one") as here:
        for _ in range(3):
            assert await listed(here, kube_namespace, "one") == ["one"]
        assert here.connection.watches == ["configmaps"]
        assert await listed(here, kube_namespace, "two") == []
        assert await listed(here, kube_namespace, "two") == []
    assert here.connection.watches == ["configmaps"] * 3


def somebody(plane: Access, namespace: str, name: str, rules: list[dict[str, Any]]) -> Identity:
    who = plane.users.named(f"{name}-{namespace}")
    plane.users.allow(who, rules, namespace)
    return who


async def test_where_all_systems_may_not_be_watched_one_namespace_is(
    control_plane: Access, kube_namespace: str
) -> None:
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": WATCH}]
    who = somebody(control_plane, kube_namespace, "narrow", rules)
    one = make_config(control_plane, kube_namespace, "one")
    async with watched(who.kubeconfig, [CONFIG], kube_namespace, all_systems=True, system="one") as here:
        assert set(here.objects) == {one}


async def test_who_may_see_a_namespace_by_its_name_sees_it(
    control_plane: Access, kube_namespace: str
) -> None:
    label = {"metadata": {"labels": {"trimtab.dev/system": "one"}}}
    path = f"/api/v1/namespaces/{kube_namespace}"
    control_plane.api.request("PATCH", path, label, "application/merge-patch+json")
    who = control_plane.users.named(f"by-name-{kube_namespace}")
    by_name = {
        "apiGroups": [""],
        "resources": ["namespaces"],
        "resourceNames": [kube_namespace],
        "verbs": WATCH,
    }
    control_plane.users.allow(who, [by_name])
    async with watched(who.kubeconfig, [NAMESPACE], kube_namespace, system="one") as here:
        assert [ref.name for ref in here.objects] == [kube_namespace]


async def test_who_may_not_watch_is_told_what_and_where_to_ask(
    control_plane: Access, kube_namespace: str
) -> None:
    who = somebody(control_plane, kube_namespace, "nobody", [])
    with pytest.raises(
        ClusterUnavailable, match=r"ConfigMap can't be watched: configmaps is forbidden.*cluster"
    ):
        async with watched(who.kubeconfig, [CONFIG], kube_namespace, system="one"):
            pass
