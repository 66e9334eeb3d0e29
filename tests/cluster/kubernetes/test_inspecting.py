"""`trimtab cluster inspect` on a real API server with the definitions of real systems."""

from __future__ import annotations

from typing import Any

from cluster_access import client
from control_plane import Access
from control_plane.crds import install
from held_processes import eventually

from trimtab.compiler.cluster_facts import from_text, to_text
from trimtab.reconciler.kubernetes.inspecting import Inspected, inspect

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


async def looked(plane: Access, kubeconfig: Any = None) -> Inspected:
    async with client(plane, kubeconfig) as cluster:
        return await inspect(cluster.connection, cluster.discovery)


def node(name: str, gpus: int, product: str) -> dict[str, Any]:
    labels = {"nvidia.com/gpu.product": product}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"capacity": {"nvidia.com/gpu": str(gpus)}},
    }


def queue(name: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "LocalQueue",
        "metadata": metadata,
        "spec": {"clusterQueue": "all"},
    }


async def test_what_a_cluster_can_do_is_read(prepared_cluster: Access, kube_namespace: str) -> None:
    plane = prepared_cluster
    install(plane, "jobset")
    install(plane, "kueue")
    fast, node_name = f"fast-{kube_namespace}", f"node-{kube_namespace}"
    plane.api.create(
        "/apis/storage.k8s.io/v1/storageclasses",
        {"metadata": {"name": fast, "annotations": DEFAULT}, "provisioner": "a.example.com"},
    )
    plane.api.create("/api/v1/nodes", node(node_name, 8, "NVIDIA-H100-80GB-HBM3"))
    plane.kubectl("apply", "--server-side", "-f", "-", stdin=queue("risk", kube_namespace))
    try:
        facts, unread = await looked(plane)
        assert unread == ()
        assert facts.minor == int(plane.api.get("/version")["minor"])
        assert facts.serves("batch/v1", "Job")
        assert facts.serves("jobset.x-k8s.io/v1alpha2", "JobSet")
        assert facts.cluster_scoped is not None
        assert "Namespace" in facts.cluster_scoped["v1"]
        assert "ClusterQueue" in facts.cluster_scoped["kueue.x-k8s.io/v1beta2"]
        assert "LocalQueue" not in facts.cluster_scoped["kueue.x-k8s.io/v1beta2"]
        assert not facts.serves("authorization.k8s.io/v1", "SelfSubjectAccessReview")
        assert facts.storage_classes is not None
        assert fast in facts.storage_classes
        assert facts.default_storage_class == fast
        assert facts.priority_classes is not None
        assert "system-node-critical" in facts.priority_classes
        assert facts.queues is not None
        assert f"{kube_namespace}/risk" in facts.queues
        assert facts.gpus is not None
        assert facts.gpus["NVIDIA-H100-80GB-HBM3"].per_node == 8
        assert facts.issuers is not None
        assert facts.fixed is not None
        assert facts.fixed["trimtab.dev/v1/Run"] == ("spec",)
        assert "spec.successPolicy" in facts.fixed["jobset.x-k8s.io/v1alpha2/JobSet"]
        text = to_text(facts)
        assert from_text(text, "f") == facts
        assert to_text((await looked(plane)).facts) == text
    finally:
        plane.api.delete(f"/apis/storage.k8s.io/v1/storageclasses/{fast}")
        plane.api.delete(f"/api/v1/nodes/{node_name}")


async def test_what_may_not_be_read_is_unknown_and_told(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    sue = prepared_cluster.users.named(f"sue-{kube_namespace}")
    facts, unread = await looked(prepared_cluster, sue.kubeconfig)
    assert facts.serves("batch/v1", "Job")
    assert (facts.storage_classes, facts.gpus, facts.fixed) == (None, None, None)
    assert "nodes may not be listed" in unread
    prepared_cluster.kubectl(
        "create", "clusterrolebinding", f"sue-{kube_namespace}", "--clusterrole=trimtab-inspector",
        f"--user=sue-{kube_namespace}",
    )  # fmt: skip
    can = ("auth", "can-i", "list", "nodes", "--as", f"sue-{kube_namespace}")
    eventually(lambda: "yes" in _said(prepared_cluster, *can), "the role of an inspector")
    assert (await looked(prepared_cluster, sue.kubeconfig)).unread == ()


def _said(plane: Access, *arguments: str) -> str:
    try:
        return plane.kubectl(*arguments)
    except Exception:  # noqa: BLE001 - its exit code says no
        return ""
