"""A watch that is cut, frozen, slow or too old: what was missed is told, and nothing is told to be gone that is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from control_plane import Access, ControlPlane
from control_plane.fixtures import make_namespace
from keeping import Keeper, Stranger, keeping
from tcp_proxy import TcpProxy, tcp_proxy

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.kubernetes import watching

CONFIG = ("v1", "ConfigMap")


@pytest.fixture
async def proxy(control_plane: Access, tmp_path: Path) -> AsyncIterator[TcpProxy]:
    async with tcp_proxy(control_plane, tmp_path) as proxy:
        yield proxy


def config(keeper: Keeper, name: str) -> dict[str, Any]:
    return keeper.marked(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"color": "red"}}
    )


async def kept(keeper: Keeper, plane: Access, name: str) -> tuple[Ref, Stranger]:
    ref = await keeper.apply(config(keeper, name))
    await keeper.until(lambda: ref in keeper.mirror.objects, f"news of {name}")
    return ref, Stranger(plane, f"/api/v1/namespaces/{keeper.namespace}/configmaps/{name}")


BLUE = {"data": {"color": "blue"}}


async def test_what_happened_while_a_watch_was_cut(
    control_plane: Access, kube_namespace: str, proxy: TcpProxy
) -> None:
    async with keeping(proxy.kubeconfig, kube_namespace, CONFIG) as keeper:
        changed, of_changed = await kept(keeper, control_plane, "changed")
        deleted, of_deleted = await kept(keeper, control_plane, "deleted")
        kept_as_it_is, _ = await kept(keeper, control_plane, "kept")
        proxy.cut(refuse=True)
        of_changed.patch(BLUE)
        of_deleted.delete()
        assert not keeper.has_drifted(changed), "nobody has told us"
        proxy.resume()
        await keeper.drift(changed)
        await keeper.until(lambda: deleted not in keeper.mirror.objects, "the end of the deleted one")
        assert not keeper.has_drifted(kept_as_it_is)


async def test_a_watch_that_is_cut_again_and_again(
    control_plane: Access, kube_namespace: str, proxy: TcpProxy
) -> None:
    async with keeping(proxy.kubeconfig, kube_namespace, CONFIG) as keeper:
        ref, stranger = await kept(keeper, control_plane, "settings")
        for number in range(8):
            proxy.cut()
            written = stranger.patch({"data": {"number": str(number)}})
            proxy.cut()
            await keeper.knows(ref, written)
        assert not keeper.has_drifted(ref)


async def test_a_connection_that_says_nothing_any_more_is_left(
    control_plane: Access, kube_namespace: str, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a firewall that forgot it: nothing is closed, nothing comes."""
    monkeypatch.setattr(watching, "SILENCE_SECONDS", 0.5)
    async with keeping(proxy.kubeconfig, kube_namespace, CONFIG) as keeper:
        ref, stranger = await kept(keeper, control_plane, "settings")
        proxy.freeze()
        stranger.patch(BLUE)
        await keeper.drift(ref)


async def test_a_slow_watch_tells_all_of_it_in_order(
    control_plane: Access, kube_namespace: str, proxy: TcpProxy
) -> None:
    async with keeping(proxy.kubeconfig, kube_namespace, CONFIG) as keeper:
        ref, stranger = await kept(keeper, control_plane, "settings")
        proxy.pause = 0.2
        for number in range(20):
            written = stranger.patch({"data": {"number": str(number)}})
        await keeper.knows(ref, written)
        assert not keeper.has_drifted(ref)
        stranger.patch(BLUE)
        await keeper.drift(ref)


async def test_history_that_was_compacted_away(own_control_plane: ControlPlane, tmp_path: Path) -> None:
    """The server can't tell any more what happened since (410): a list does, and objects that have gone are gone."""
    plane = own_control_plane
    namespace = make_namespace(plane, "compaction")
    async with tcp_proxy(plane, tmp_path) as proxy, keeping(proxy.kubeconfig, namespace, CONFIG) as keeper:
        changed, of_changed = await kept(keeper, plane, "changed")
        deleted, of_deleted = await kept(keeper, plane, "deleted")
        stays, _ = await kept(keeper, plane, "stays")
        proxy.cut(refuse=True)
        of_changed.patch(BLUE)
        of_deleted.delete()
        await asyncio.to_thread(plane.compact)
        await asyncio.to_thread(plane.restart_api_server)
        proxy.resume()
        await keeper.drift(changed)
        await keeper.until(lambda: deleted not in keeper.mirror.objects, "the end of the deleted one")
        assert not keeper.has_drifted(stays)
        await keeper.heal(config(keeper, "changed"))
        assert not keeper.has_drifted(changed)


async def test_a_server_that_is_killed_and_comes_back(own_control_plane: ControlPlane) -> None:
    plane = own_control_plane
    namespace = make_namespace(plane, "restart")
    async with keeping(plane.kubeconfig, namespace, CONFIG) as keeper:
        ref, stranger = await kept(keeper, plane, "settings")
        await asyncio.to_thread(plane.kill_api_server)
        await asyncio.to_thread(plane.restart_api_server)
        stranger.patch(BLUE)
        await keeper.drift(ref)
        await keeper.heal(config(keeper, "settings"))
        assert not keeper.has_drifted(ref)
