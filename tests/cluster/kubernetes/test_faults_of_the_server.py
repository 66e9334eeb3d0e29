"""A real API server that is killed, overloaded, slow or forgets who we are: nothing is lost, nothing done twice."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import trustme
from cluster_access import client, cluster_at
from control_plane import Access, ControlPlane
from engines import next_event, observed
from faulty_http import FaultyProxy, answer, faulty_proxy, slow

from trimtab.reconciler.cluster import Change, ClusterUnavailable, Event, HeldBy
from trimtab.reconciler.kubernetes import KubernetesCluster, credentials
from trimtab.reconciler.kubernetes.exchange import Patience
from trimtab.reconciler.kubernetes.leases import Times

QUICK = Patience(connect=1, answer=2, known=1.5, unknown=0.5, brief=0.3, first=0.02, longest=0.1)


@pytest.fixture
async def proxy(control_plane: Access, tmp_path: Path) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(control_plane, tmp_path) as proxy:
        yield proxy


@pytest.fixture
async def cluster(proxy: FaultyProxy) -> AsyncIterator[KubernetesCluster]:
    cluster = cluster_at(proxy.kubeconfig, patience=QUICK)
    yield cluster
    await cluster.close()


def config(namespace: str, name: str = "settings", **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"mine": "yes"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {"color": "red"}}


async def test_writes_wait_for_a_server_that_was_killed(own_control_plane: ControlPlane) -> None:
    """They begin while it is away, and each is there once when it is back. A watch tells what was missed."""
    async with client(own_control_plane) as cluster:
        first = observed(await cluster.apply(config("default", "before")))
        watched = cluster.watch([("v1", "ConfigMap")], "default", {"mine": "yes"})
        async with aclosing(watched) as events:
            assert await _listed(events) == {"before"}
            own_control_plane.kill_api_server()
            writing = asyncio.gather(
                *(cluster.create(config("default", f"made-{n}")) for n in range(20)),
                cluster.delete(first.ref, uid=first.uid, revision=first.revision),
            )
            await asyncio.sleep(0)
            await asyncio.to_thread(own_control_plane.restart_api_server)
            made = await writing
            assert made.pop() is None
            assert len({observed(each).uid for each in made}) == 20
            news = [await next_event(events) for _ in range(21)]
    told = {(event.change, event.observed.ref.name) for event in news if event.observed is not None}
    assert told == {(Change.ADDED, f"made-{n}") for n in range(20)} | {(Change.DELETED, "before")}


async def _listed(events: AsyncIterator[Event]) -> set[str]:
    names = set()
    while (event := await next_event(events)).observed is not None:
        names.add(event.observed.ref.name)
    return names


async def test_a_server_that_stays_away_is_told_in_a_sentence(own_control_plane: ControlPlane) -> None:
    cluster = cluster_at(own_control_plane.kubeconfig, patience=QUICK)
    await cluster.inspect()
    own_control_plane.kill_api_server()
    with pytest.raises(
        ClusterUnavailable, match=r"has not answered for 2 s \(.*refused\): see whether it runs"
    ):
        await cluster.apply(config("default"))
    await cluster.close()


async def test_who_lost_the_lease_meanwhile_writes_nothing_late(own_control_plane: ControlPlane) -> None:
    """The write was asked for in time. The server comes back when the lease has run out, and does not get it."""
    times = Times(duration=30, deadline=0.4, renew=0.1, retry=0.1)
    cluster = cluster_at(own_control_plane.kubeconfig, lease_times=times)
    await cluster.inspect()
    lease = await cluster.acquire("default", "digits", "ann")
    assert not isinstance(lease, HeldBy)
    own_control_plane.kill_api_server()
    with pytest.raises(ClusterUnavailable, match="the lease has run out"):
        await cluster.create(config("default"))
    await asyncio.to_thread(own_control_plane.restart_api_server)
    async with client(own_control_plane) as other:
        names = [each.ref.name for each in await other.list("v1", "ConfigMap", "default")]
    assert "settings" not in names
    await cluster.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_storm_of_errors_passes(
    cluster: KubernetesCluster, proxy: FaultyProxy, kube_namespace: str, status: int
) -> None:
    await cluster.inspect()
    proxy.next("POST", "/configmaps", *[answer(status, "<html>", kind="text/html") for _ in range(12)])
    writing = [cluster.create(config(kube_namespace, f"made-{n}")) for n in range(12)]
    made = [observed(each) for each in await asyncio.gather(*writing)]
    assert len({each.uid for each in made}) == 12


async def test_a_storm_that_does_not_pass_is_told_and_nothing_was_written(
    cluster: KubernetesCluster, proxy: FaultyProxy, kube_namespace: str
) -> None:
    await cluster.inspect()
    proxy.always("POST", "/configmaps", answer(429, retry_after=0))
    with pytest.raises(ClusterUnavailable, match="it answers 429"):
        await cluster.create(config(kube_namespace))
    proxy.heal()
    proxy.always("POST", "/configmaps", answer(503, "<html>", kind="text/html"))
    with pytest.raises(ClusterUnavailable, match="the API server fails with 503"):
        await cluster.create(config(kube_namespace))
    assert await cluster.list("v1", "ConfigMap", kube_namespace, {"mine": "yes"}) == []


async def test_a_slow_server_is_waited_for(
    cluster: KubernetesCluster, proxy: FaultyProxy, kube_namespace: str
) -> None:
    await cluster.inspect()
    proxy.next("PATCH", "/configmaps", slow(0.5))
    assert observed(await cluster.apply(config(kube_namespace))).own


async def test_a_token_that_expired_is_renewed_once_and_the_write_goes_through(
    control_plane: Access, kube_namespace: str, tmp_path: Path
) -> None:
    """The plugin gives a token that the API server does not know, and then one that it knows."""
    account = control_plane.users.service_account(kube_namespace, "writer")
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}
    control_plane.users.allow(account, [rule], kube_namespace)
    kubeconfig = _by_plugin(tmp_path, account.kubeconfig)
    async with client(control_plane, kubeconfig) as cluster:
        assert observed(await cluster.apply(config(kube_namespace))).own
    assert (tmp_path / "runs").read_text() == "xx"


async def test_who_is_never_known_is_told_to_log_in(
    control_plane: Access, kube_namespace: str, tmp_path: Path
) -> None:
    account = control_plane.users.service_account(kube_namespace, "writer")
    kubeconfig = _by_plugin(tmp_path, account.kubeconfig, good_runs=0)
    async with client(control_plane, kubeconfig) as cluster:
        with pytest.raises(ClusterUnavailable, match=r"not known there.*log in|log in again"):
            await cluster.apply(config(kube_namespace))
    assert (tmp_path / "runs").read_text() == "xx"


def _by_plugin(folder: Path, kubeconfig: Path, good_runs: int = 1) -> Path:
    """The same user, by a plugin whose first token has expired."""
    whole = json.loads(kubeconfig.read_text())
    token = whole["users"][0]["user"]["token"]
    said = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    plugin = folder / "plugin"
    plugin.write_text(
        f"#!{sys.executable}\n"
        "import json\n"
        "runs = open('runs', 'a+'); runs.write('x'); runs.seek(0)\n"
        f"good = len(runs.read()) > 1 and {good_runs}\n"
        f"status = {{'token': {token!r} if good else 'expired'}}\n"
        f"print(json.dumps({said!r} | {{'status': status}}))\n"
    )
    plugin.chmod(0o700)
    whole["users"][0]["user"] = {"exec": {"apiVersion": said["apiVersion"], "command": "./plugin"}}
    path = folder / "plugin.kubeconfig"
    path.write_text(json.dumps(whole))
    return path


async def test_a_pod_s_own_account_is_used_and_its_rotated_token_read_again(
    control_plane: Access, kube_namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = control_plane.users.service_account(kube_namespace, "writer")
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}
    control_plane.users.allow(account, [rule], kube_namespace)
    host, _, port = control_plane.url.removeprefix("https://").partition(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setattr(credentials, "ACCOUNT", tmp_path)
    (tmp_path / "ca.crt").write_bytes(control_plane.authority.certificate.read_bytes())
    (tmp_path / "token").write_text("one that has expired")
    cluster = KubernetesCluster(credentials.of_context("whatever the spec says"))
    await cluster.connection._credentials.access()
    (tmp_path / "token").write_text(json.loads(account.kubeconfig.read_text())["users"][0]["user"]["token"])
    assert observed(await cluster.apply(config(kube_namespace))).own
    await cluster.close()


async def test_a_server_that_somebody_else_vouches_for_is_not_spoken_to(
    control_plane: Access, tmp_path: Path
) -> None:
    whole = json.loads(control_plane.kubeconfig.read_text())
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    whole["clusters"][0]["cluster"]["certificate-authority-data"] = other
    (tmp_path / "config").write_text(json.dumps(whole))
    async with client(control_plane, tmp_path / "config") as cluster:
        with pytest.raises(ClusterUnavailable, match="a certificate that its kubeconfig does not vouch for"):
            await cluster.inspect()
