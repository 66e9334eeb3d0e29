"""From a spec to its cluster: the context is found or told, kinds are there or told."""

from __future__ import annotations

from pathlib import Path

import pytest
from control_plane import Access, ControlPlane
from one_spec import SPEC
from prepared_systems import connect

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes import KubernetesCluster
from trimtab.reconciler.preparing import Prepared, prepare_folder
from trimtab.reconciler.refusals import Refused

IMAGE = f"registry.example.com/fit@sha256:{64 * '0'}"
ON_A_CLUSTER = (
    SPEC.replace("code: {path: src}", f"image: {IMAGE}")
    .replace("    laptop: {runOn: local}", f"    staging: {{runOn: lab, runtimeImage: '{IMAGE}'}}")
    .replace("spec:\n", "spec:\n  clusters:\n    lab: {context: tests}\n", 1)
)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "mlsystem.yaml"
    path.parent.mkdir()
    path.write_text(ON_A_CLUSTER)
    return path


async def prepared(spec: Path) -> Prepared:
    ready = await prepare_folder(spec, "staging")
    assert ready.bundle is not None, ready.diagnostics
    return ready


def use(plane: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))


async def test_an_environment_on_a_cluster_is_connected_to_by_its_context(
    spec: Path, prepared_cluster: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(prepared_cluster, monkeypatch)
    cluster = await connect(await prepared(spec), spec.parent)
    assert isinstance(cluster, KubernetesCluster)
    assert (await cluster.inspect()).engine == "kubernetes"
    await cluster.close()


async def test_a_context_that_is_not_there_is_told_beside_those_that_are(
    spec: Path, control_plane: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(control_plane, monkeypatch)
    spec.write_text(ON_A_CLUSTER.replace("{context: tests}", "{context: prod}"))
    with pytest.raises(
        ClusterUnavailable, match="has no context `prod`; it has tests: set `context` of the cluster"
    ):
        await connect(await prepared(spec), spec.parent)


async def test_a_cluster_without_our_kinds_is_told_and_nothing_is_written(
    spec: Path, own_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(own_control_plane, monkeypatch)
    with pytest.raises(
        Refused, match=r"cluster `lab` does not know the kind MLSystem .*`trimtab cluster install"
    ):
        await connect(await prepared(spec), spec.parent)
    assert "shop" not in own_control_plane.kubectl("get", "namespaces", "-o", "name")
