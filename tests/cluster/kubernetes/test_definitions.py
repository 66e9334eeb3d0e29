"""The API server judges objects of the systems that we compile for by those systems' own definitions."""

from __future__ import annotations

import http.client

import pytest
from control_plane import Access, ControlPlane, Refused
from control_plane.crds import DEFINITIONS, crds, install


@pytest.fixture
def with_jobsets(own_control_plane: ControlPlane) -> ControlPlane:
    """On one of its own: other tests ask the shared one for kinds that are missing."""
    install(own_control_plane, "jobset")
    return own_control_plane


@pytest.mark.parametrize(
    ("system", "kind"),
    {
        "cert-manager": "Certificate",
        "external-secrets": "ExternalSecret",
        "flux": "GitRepository",
        "gateway-api": "HTTPRoute",
        "jobset": "JobSet",
        "keda": "ScaledObject",
        "kserve": "LLMInferenceService",
        "kueue": "ClusterQueue",
        "lws": "LeaderWorkerSet",
        "prometheus-operator": "ServiceMonitor",
        "ray": "RayJob",
        "trainer": "TrainJob",
        "volcano": "PodGroup",
    }.items(),
)
def test_each_systems_definitions_are_there_and_accepted(
    control_plane: Access, system: str, kind: str
) -> None:
    for definition in crds(system):
        path = f"{DEFINITIONS}/{definition['metadata']['name']}?dryRun=All&force=true&fieldManager=tests"
        control_plane.api.request("PATCH", path, definition, "application/apply-patch+yaml")
    assert kind in {definition["spec"]["names"]["kind"] for definition in crds(system)}


def test_an_object_is_judged_as_soon_as_its_definition_is_installed(with_jobsets: ControlPlane) -> None:
    with_jobsets.kubectl("get", "jobsets")
    path = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/default/jobsets"
    wrong = {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "metadata": {"name": "a"}}
    with pytest.raises(Refused) as refusal:
        with_jobsets.api.create(path, {**wrong, "spec": {"replicatedJobs": "many"}})
    assert refusal.value.code == http.client.UNPROCESSABLE_ENTITY
