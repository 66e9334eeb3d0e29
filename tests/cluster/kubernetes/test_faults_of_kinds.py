"""Kinds that are missing, come later, go again, or are served by a server that is down: they stop nothing but themselves."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from cluster_access import client
from control_plane import Access, ControlPlane
from engines import PATIENCE, next_event, observed

from trimtab.reconciler.cluster import Change, Observed, Rejected
from trimtab.reconciler.kubernetes import KubernetesCluster

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
async def cluster(control_plane: Access) -> AsyncIterator[KubernetesCluster]:
    async with client(control_plane) as cluster:
        yield cluster


@pytest.fixture
def definition(control_plane: Access) -> Iterator[dict[str, Any]]:
    """Of a kind that nobody has defined; taken away when the test ends."""
    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    names = {"kind": "Turnip", "listKind": "TurnipList", "plural": "turnips", "singular": "turnip"}
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    yield {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"turnips.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    control_plane.kubectl("delete", "crd", f"turnips.{group}", "--ignore-not-found", "--wait=false")


def turnip(definition: dict[str, Any], namespace: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{definition['spec']['group']}/v1",
        "kind": "Turnip",
        "metadata": {"name": "big", "namespace": namespace},
        "spec": spec,
    }


async def once_served(cluster: KubernetesCluster, body: dict[str, Any]) -> Observed:
    """The first answer that is no refusal."""
    async with asyncio.timeout(PATIENCE):
        while isinstance(answer := await cluster.apply(body), Rejected):
            await asyncio.sleep(0.2)
    return observed(answer)


async def test_a_kind_is_refused_until_it_is_defined_and_after_it_is_gone(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, definition: dict[str, Any]
) -> None:
    body = turnip(definition, kube_namespace, size=3)
    told = await cluster.apply(body)
    assert isinstance(told, Rejected)
    assert told.message.startswith('no matches for kind "Turnip" in version ')
    assert [cause.path for cause in told.causes] == [("kind",)]
    assert observed(await cluster.apply(definition)).own
    made = await once_served(cluster, body)
    unknown = await cluster.apply(turnip(definition, kube_namespace, colour="red"))
    assert isinstance(unknown, Rejected)
    assert [cause.path for cause in unknown.causes] == [("spec", "colour")]
    control_plane.kubectl("delete", "crd", definition["metadata"]["name"])
    async with asyncio.timeout(PATIENCE):
        while not (isinstance(told := await cluster.apply(body), Rejected) and "no matches" in told.message):
            await asyncio.sleep(0.1)
    assert "install what defines it" in told.message
    assert await cluster.list(body["apiVersion"], "Turnip", kube_namespace) == []
    assert await cluster.delete(made.ref, uid=made.uid) is not None


async def test_another_version_of_a_kind_is_pointed_at(
    cluster: KubernetesCluster, kube_namespace: str
) -> None:
    metadata = {"name": "nightly", "namespace": kube_namespace}
    told = await cluster.apply({"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": metadata})
    assert isinstance(told, Rejected)
    assert told.message.endswith("it is served as batch/v1")
    assert [cause.path for cause in told.causes] == [("apiVersion",)]


async def test_a_watch_of_a_kind_begins_before_the_kind_does(
    cluster: KubernetesCluster, kube_namespace: str, definition: dict[str, Any]
) -> None:
    body = turnip(definition, kube_namespace, size=3)
    kinds = [("v1", "ConfigMap"), (body["apiVersion"], "Turnip")]
    async with aclosing(cluster.watch(kinds, kube_namespace, {"mine": "yes"})) as events:
        assert (await next_event(events)).change is Change.SYNCED
        await cluster.apply(definition)
        body["metadata"]["labels"] = {"mine": "yes"}
        made = await once_served(cluster, body)
        event = await next_event(events)
    assert event.observed is not None
    assert (event.change, event.observed.uid) == (Change.ADDED, made.uid)


@pytest.fixture
def with_dead_server(own_control_plane: ControlPlane) -> ControlPlane:
    """A group is registered, and nobody answers for it."""
    spec = {
        "group": "dead.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 10,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": "default", "name": "nobody"},
    }
    path = "/apis/apiregistration.k8s.io/v1/apiservices"
    own_control_plane.api.create(path, {"metadata": {"name": "v1.dead.example.com"}, "spec": spec})
    aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    deadline = time.monotonic() + PATIENCE
    while "dead.example.com" not in str(own_control_plane.api.get("/apis", accept=aggregated)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return own_control_plane


async def test_a_registered_group_whose_server_is_down_stops_nobody(with_dead_server: ControlPlane) -> None:
    metadata = {"name": "settings", "namespace": "default"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "red"}}
    dead = {"apiVersion": "dead.example.com/v1", "kind": "Thing", "metadata": metadata}
    async with client(with_dead_server) as cluster:
        info = await cluster.inspect()
        assert ("apps/v1", "Deployment") in info.kinds
        assert not any(version.startswith("dead.") for version, _ in info.kinds)
        assert observed(await cluster.apply(config)).own
        told = await cluster.apply(dead)
        assert isinstance(told, Rejected)
        assert "the API server that is registered for its group does not answer" in told.message
        kinds = [("v1", "ConfigMap"), ("dead.example.com/v1", "Thing")]
        async with aclosing(cluster.watch(kinds, "default")) as events:
            while (event := await next_event(events)).change is not Change.SYNCED:
                assert event.observed is not None
                assert event.observed.ref.kind == "ConfigMap"


async def test_a_server_that_can_not_aggregate_is_asked_group_by_group(
    with_dead_server: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(with_dead_server) as cluster:
        cluster.discovery.forget()  # or the core group would not be asked for
        aggregated = dict(await cluster.discovery.resources())
        monkeypatch.setattr("trimtab.reconciler.kubernetes.discovery._AGGREGATED", "application/json")
        cluster.discovery.forget()
        assert dict(await cluster.discovery.resources()) == aggregated
        assert cluster.discovery.down == {"dead.example.com"}
