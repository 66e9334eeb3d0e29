"""From a spec to its cluster: the context is found or told, kinds are there or told, and one daemon at a time writes."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from control_plane import Access, ControlPlane
from engines import eventually
from one_spec import SPEC

from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.daemon import Daemon, Following
from trimtab.reconciler.git import GitSource
from trimtab.reconciler.kubernetes import KubernetesCluster
from trimtab.reconciler.session import Prepared, Refused, connect, prepare_folder
from trimtab.reconciler.state import State

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
    assert (await cluster.inspect()).version == "v1.37.2"
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


class Reporter:
    """Remembers what a daemon had to say."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.acts: list[str] = []

    def following(self, source: str) -> None: ...
    def commit(self, commit: str, subject: str) -> None: ...
    def invalid(self, commit: str, prepared: Prepared) -> None: ...
    def planned(self, plan: Plan, state: State) -> None: ...

    def trouble(self, sentence: str) -> None:
        self.troubles.append(sentence)

    def acted(self, action: Action) -> None:
        self.acts.append(f"{action.step.verb} {action.step.node}")


def repository(spec: Path, namespace: str) -> GitSource:
    spec.write_text(ON_A_CLUSTER.replace("  name: shop\n", f"  name: shop\n  namespace: {namespace}\n"))
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First"]):
        subprocess.run([*git, *arguments], cwd=spec.parent, check=True)
    return GitSource(str(spec.parent), "main", spec.parent / ".git" / "mirror.git")


async def test_of_two_daemons_one_writes_and_the_other_waits_until_it_ends(
    spec: Path, prepared_cluster: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(prepared_cluster, monkeypatch)
    namespace = f"daemons-{uuid.uuid4().hex[:8]}"
    source = repository(spec, namespace)

    def daemon(reporter: Reporter) -> asyncio.Task[None]:
        following = Following(source, "mlsystem.yaml", "staging", spec.parent, 0.1)
        return asyncio.create_task(Daemon(following, reporter).run())

    first, second = Reporter(), Reporter()
    policy = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/shop-dns"
    one = daemon(first)
    await _told(lambda: "look up run:fit" in first.acts, "the first daemon's work")
    other = daemon(second)
    await _told(lambda: len(second.troubles) > 1, "the second daemon's wait")
    assert "is writing shop since" in second.troubles[0]
    prepared_cluster.api.delete(policy)
    await _told(lambda: first.acts.count("create NetworkPolicy/shop-dns") == 2, "the first daemon's repair")
    assert second.acts == []
    await _end(one)
    prepared_cluster.api.delete(policy)
    await _told(lambda: "create NetworkPolicy/shop-dns" in second.acts, "the second daemon's turn")
    assert not {"create Namespace", "open run:fit", "look up run:fit"} & set(second.acts)
    await _end(other)
    prepared_cluster.api.delete(f"/api/v1/namespaces/{namespace}")


async def _told(condition: Callable[[], object], what: str) -> None:
    async def holds() -> object:
        return condition()

    await eventually(holds, what)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
