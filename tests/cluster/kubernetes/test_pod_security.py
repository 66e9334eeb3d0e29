"""Our reading of the Pod Security Standards against that of a real API server, Pod by Pod."""

from __future__ import annotations

from control_plane import Access, Refused
from pod_variants import LEVELS, VARIANTS, pod

ENFORCED = "pod-security.kubernetes.io/enforce"
MERGE = "application/merge-patch+json"


def _refuses(plane: Access, namespace: str, name: str) -> bool:
    body = {"metadata": {"name": "x"}, "spec": pod(VARIANTS[name])}
    try:
        plane.api.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", body)
    except Refused as refused:
        if "violates PodSecurity" not in str(refused):
            raise
        return True
    return False


def test_a_server_refuses_the_same_pods(control_plane: Access, kube_namespace: str) -> None:
    here = f"/api/v1/namespaces/{kube_namespace}"
    refused: dict[str, set[str]] = {name: set() for name in VARIANTS}
    for level in LEVELS:
        labels = {ENFORCED: level, f"{ENFORCED}-version": "latest"}
        control_plane.api.request("PATCH", here, {"metadata": {"labels": labels}}, MERGE)
        for name, levels in refused.items():
            if _refuses(control_plane, kube_namespace, name):
                levels.add(level)
    assert refused == {name: set(variant.refused) for name, variant in VARIANTS.items()}
