"""What a cluster's rules do to a write, by the real rules: webhooks, quotas, rights, namespaces and finalizers that hang.

Each refusal is one sentence that says whose it is and what to do; nothing was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cluster_access import client
from control_plane import Access
from engines import PATIENCE, eventually, find, observed
from webhooks import never_answer, refuse, set_value, webhook

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Rejected
from trimtab.reconciler.kubernetes import KubernetesCluster


@pytest.fixture
async def cluster(control_plane: Access) -> AsyncIterator[KubernetesCluster]:
    async with client(control_plane) as cluster:
        yield cluster


@pytest.fixture
def config(kube_namespace: str) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": kube_namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "red"}}


async def refused(cluster: KubernetesCluster, body: dict[str, Any]) -> Rejected:
    """The refusal, as soon as the rule is in force: tried without being written until then."""
    async with asyncio.timeout(PATIENCE):
        while not isinstance(answer := await cluster.apply(body, dry_run=True), Rejected):
            await asyncio.sleep(0.05)
    written = await cluster.apply(body)
    assert isinstance(written, Rejected)
    assert written == answer
    metadata = body["metadata"]
    ref = Ref(body["apiVersion"], body["kind"], metadata["namespace"], metadata["name"])
    assert await find(cluster, ref) is None
    return written


async def test_a_webhook_that_refuses_is_named_with_its_reason(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    async with webhook(control_plane, kube_namespace, refuse) as name:
        told = await refused(cluster, config)
    assert told.message == f"the webhook {name} refuses ConfigMap/settings: not on Fridays"


async def test_a_webhook_that_does_not_answer_is_named_with_the_cure(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    async with webhook(control_plane, kube_namespace, never_answer) as name:
        told = await refused(cluster, config)
    assert told.message.startswith(f"the webhook {name} did not answer (")
    assert "deadline exceeded" in told.message
    assert told.message.endswith("repair it, or remove its configuration")


async def test_a_webhook_that_rewrites_what_is_ours_is_no_drift_for_ever(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    rewrite = set_value("/data/color", "grey")
    async with webhook(control_plane, kube_namespace, rewrite, mutating=True):

        async def is_grey() -> bool:
            return "grey" in str(await _data(control_plane, kube_namespace, cluster, config))

        await eventually(is_grey, "the webhook's rule")
        first = observed(await cluster.apply(config))
        again = observed(await cluster.apply(config, force=True))
    assert (again.own, again.revision) == (first.own, first.revision)


async def _data(
    plane: Access, namespace: str, cluster: KubernetesCluster, config: dict[str, Any]
) -> dict[str, Any]:
    await cluster.apply(config)
    found: dict[str, Any] = plane.api.get(f"/api/v1/namespaces/{namespace}/configmaps/settings")["data"]
    return found


async def test_a_quota_that_is_used_up_says_of_what_and_by_how_much(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str
) -> None:
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"services": "0"}}}
    control_plane.api.create(f"/api/v1/namespaces/{kube_namespace}/resourcequotas", quota)
    spec = {"clusterIP": "None", "ports": [{"port": 80}]}
    metadata = {"name": "web", "namespace": kube_namespace}
    told = await refused(cluster, {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    assert told.message == (
        f"the quota small of namespace {kube_namespace} has no room for Service/web: "
        "it asks for services=1, where services=0 of services=0 are used"
    )


async def test_a_namespace_that_hangs_in_its_end_is_told_and_not_waited_for(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    held = {**config, "metadata": {**config["metadata"], "name": "held", "finalizers": ["example.com/never"]}}
    observed(await cluster.create(held))
    space = await find(cluster, Ref("v1", "Namespace", "", kube_namespace))
    assert space is not None
    assert await cluster.delete(space.ref, uid=space.uid) is None
    told = await refused(cluster, config)
    assert f"namespace {kube_namespace} is being deleted and takes nothing new" in told.message
    assert told.causes[0].path == ("metadata", "namespace")
    hanging = await find(cluster, space.ref)
    assert hanging is not None
    assert hanging.deleting
    release(control_plane, kube_namespace)


def release(plane: Access, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/held"
    plane.api.request("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")


async def test_a_finalizer_that_never_goes_leaves_an_object_that_says_so(
    cluster: KubernetesCluster, control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    held = {**config, "metadata": {**config["metadata"], "name": "held", "finalizers": ["example.com/never"]}}
    made = observed(await cluster.create(held))
    assert await cluster.delete(made.ref, uid=made.uid, revision=made.revision) is None
    assert await cluster.delete(made.ref, uid=made.uid) is None
    left = await find(cluster, made.ref)
    assert left is not None
    assert left.deleting
    release(control_plane, kube_namespace)


async def test_a_right_that_is_missing_is_named(
    control_plane: Access, kube_namespace: str, config: dict[str, Any]
) -> None:
    jane = control_plane.users.named("jane")
    async with client(control_plane, jane.kubeconfig) as cluster:
        told = await cluster.apply(config)
        gone = await cluster.delete(Ref("v1", "ConfigMap", kube_namespace, "settings"), uid="x")
    assert isinstance(told, Rejected)
    assert told.message.startswith(f"jane may not patch configmaps in namespace {kube_namespace}: ")
    assert isinstance(gone, Rejected)
    assert gone.message.startswith(f"jane may not delete configmaps in namespace {kube_namespace}: ")
