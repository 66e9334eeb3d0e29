"""What of an object crosses the door to the reconciler."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.kubernetes.observing import observe

MINE = {
    "manager": FIELD_MANAGER,
    "operation": "Apply",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {"f:color": {}}},
}


def served(kind: str, api_version: str = "v1", **more: Any) -> dict[str, Any]:
    metadata = {
        "name": "x",
        "namespace": "n",
        "uid": "u",
        "resourceVersion": "12",
        "generation": 3,
        "labels": {"app": "a"},
        "annotations": {
            "trimtab.dev/desired": "sha",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
        "managedFields": [MINE],
    }
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {**metadata, **more.pop("metadata", {})},
        **more,
    }


def test_identity_labels_and_our_own_fields() -> None:
    seen = observe(served("ConfigMap", data={"color": "red"}), FIELD_MANAGER)
    assert seen.ref == Ref("v1", "ConfigMap", "n", "x")
    assert (seen.uid, seen.revision, seen.generation, seen.deleting) == ("u", "12", 3, False)
    assert seen.labels == {"app": "a"}
    assert len(seen.own) == 32
    assert observe(served("ConfigMap", data={"color": "red"}), "somebody-else").own == ""


def test_the_copy_that_kubectl_leaves_is_not_kept() -> None:
    assert observe(served("ConfigMap"), FIELD_MANAGER).annotations == {"trimtab.dev/desired": "sha"}


def test_contents_are_told_of_our_own_kinds_alone() -> None:
    run = observe(served("Run", "trimtab.dev/v1", status={"phase": "Queued"}), FIELD_MANAGER)
    assert run.body is not None
    assert run.body["status"] == {"phase": "Queued"}
    assert "managedFields" not in run.body["metadata"]
    assert observe(served("Lease", "coordination.k8s.io/v1"), FIELD_MANAGER).body is not None
    mirror = observe(served("MLSystem", "trimtab.dev/v1", spec={"data": {}}, status={}), FIELD_MANAGER).body
    assert mirror is not None
    assert ("spec" in mirror, mirror["status"]) == (False, {})
    assert observe(served("Secret", data={"password": "x"}), FIELD_MANAGER).body is None


def test_an_object_on_its_way_out_is_deleting() -> None:
    leaving = served("ConfigMap", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert observe(leaving, FIELD_MANAGER).deleting


PORT = {"spec": {"ports": [{"name": "http", "port": 8080}, {"port": 9090}]}}
BALANCED = {"status": {"loadBalancer": {"ingress": [{"ip": "2001:db8::1"}]}}}
POD = {"spec": {"containers": [{}, {"ports": [{"containerPort": 80}]}]}, "status": {"podIP": "10.0.0.7"}}


@pytest.mark.parametrize(
    ("kind", "content", "address"),
    [
        ("Service", PORT, "http://x.n.svc:8080"),
        ("Service", PORT | BALANCED, "http://[2001:db8::1]:8080"),
        ("Service", {"spec": {"clusterIP": "None", "ports": [{"port": 80}]}}, ""),
        ("Service", {"spec": {"type": "ExternalName"}}, ""),
        ("Pod", POD, "http://10.0.0.7:80"),
        ("Pod", {"spec": {"containers": [{}]}}, ""),
        ("ConfigMap", {}, ""),
    ],
)
def test_where_it_answers(kind: str, content: dict[str, Any], address: str) -> None:
    assert observe(served(kind, **content), FIELD_MANAGER).health.address == address
