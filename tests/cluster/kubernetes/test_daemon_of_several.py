"""Several specs of one repository, one daemon: on one watch a kind, and none of them stops another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from control_plane import Access, Identity
from followed import Live, Repository, account, daemon, namespace, spec
from trimtab_cli import wait_for

A, B, C = "a/mlsystem.yaml", "b/mlsystem.yaml", "c/mlsystem.yaml"


@pytest.fixture
def who(prepared_cluster: Access) -> Identity:
    return account(prepared_cluster)


@pytest.fixture
def place(prepared_cluster: Access) -> Iterator[str]:
    with namespace(prepared_cluster, "several") as place:
        yield place


@pytest.fixture
def live(prepared_cluster: Access, place: str) -> Live:
    return Live(prepared_cluster, place)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path)


def foreign_lease(plane: Access, place: str, system: str) -> None:
    """Somebody on another machine, who renewed it just now."""
    body: dict[str, Any] = {
        "metadata": {"name": system},
        "spec": {"holderIdentity": "ann@build-7 (process 4711)", "leaseDurationSeconds": 3600},
    }
    plane.api.create(f"/apis/coordination.k8s.io/v1/namespaces/{place}/leases", body)


def test_systems_share_one_watch_a_kind_and_a_new_spec_costs_no_other(
    prepared_cluster: Access, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    specs = {path: spec(place, path[0], **{f"{path[0]}-one": "red"}) for path in (A, B, C)}
    mark = prepared_cluster.audit.mark()
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({A: specs[A], B: specs[B]}), A, B)
        process.reaches(repository.push({C: specs[C], "README": "x"}), A, B, C)
        assert [live.color(f"{system}-one") for system in "abc"] == 3 * ["red"]
        watches = Counter(
            request.resource
            for request in prepared_cluster.audit.requests(mark, who.subject["name"])
            if request.verb == "watch"
        )
        process.end()
    assert set(watches) >= {"configmaps", "mlsystems", "runs", "jobs", "pods"}
    assert set(watches.values()) == {1}, watches


def test_one_that_is_wrong_held_or_refused_stops_no_other(
    prepared_cluster: Access, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    prepared_cluster.api.create("/api/v1/namespaces", {"metadata": {"name": place}})
    foreign_lease(prepared_cluster, place, "b")
    wrong = spec(place, "c", one="red").replace("kind: ConfigMap", "kind: [ConfigMap]")
    twin = "d/mlsystem.yaml"
    files = {A: spec(place, "a", one="red"), B: spec(place, "b", two="red"), C: wrong}
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push(files), A)
        process.says("ann@build-7 (process 4711) is writing b since")
        process.says(f"{C}: commit")
        repository.push({twin: spec(place, "a", three="red")})
        process.says(f"namespace {place} has two specs of a system a")
        process.reaches(repository.push({A: spec(place, "a", one="green")}), A)
        assert (live.color("one"), live.color("two"), live.color("three")) == ("green", None, None)
        prepared_cluster.api.delete(f"/apis/coordination.k8s.io/v1/namespaces/{place}/leases/b")
        wait_for("the turn of b", lambda: live.color("two") == "red")
        process.end()


def test_a_spec_that_leaves_the_branch_is_told_and_its_system_kept(
    who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    files = {A: spec(place, "a", one="red"), B: spec(place, "b", two="red")}
    with daemon(repository, who, tmp_path / "home", "a", "b/*.yaml") as process:
        process.reaches(repository.push(files), A, B)
        commit = repository.push({A: None})
        process.says(f"commit {commit[:10]} has no spec a")
        process.says(f"{A}: it has left the branch with commit {commit[:10]}: its system is kept as it was")
        process.reaches(commit, B)
        live.delete("one")
        wait_for("what was deleted", lambda: live.color("one") == "red")
        process.reaches(repository.push({A: spec(place, "a", one="blue")}), A)
        assert live.color("one") == "blue"
        process.end()
