"""Several specs of one repository, one daemon: on one watch a kind, and none of them stops another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Home:
    """Where one system lives."""

    place: str
    live: Live

    def spec(self, system: str, **colors: str) -> str:
        return spec(self.place, system, **colors)


@pytest.fixture
def homes(prepared_cluster: Access) -> Iterator[dict[str, Home]]:
    with ExitStack() as stack:
        places = {name: stack.enter_context(namespace(prepared_cluster, name)) for name in "abc"}
        yield {name: Home(place, Live(prepared_cluster, place)) for name, place in places.items()}


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
    prepared_cluster: Access, who: Identity, homes: dict[str, Home], repository: Repository, tmp_path: Path
) -> None:
    specs = {path: homes[path[0]].spec(path[0], one="red") for path in (A, B, C)}
    mark = prepared_cluster.audit.mark()
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({A: specs[A], B: specs[B]}), A, B)
        process.reaches(repository.push({C: specs[C], "README": "x"}), A, B, C)
        assert [home.live.color("one") for home in homes.values()] == 3 * ["red"]
        watches = Counter(
            request.resource
            for request in prepared_cluster.audit.requests(mark, who.subject["name"])
            if request.verb == "watch"
        )
        process.end()
    assert set(watches) >= {"configmaps", "mlsystems", "runs", "jobs", "pods"}
    assert set(watches.values()) == {1}, watches


def test_one_that_is_wrong_held_or_refused_stops_no_other(
    prepared_cluster: Access, who: Identity, homes: dict[str, Home], repository: Repository, tmp_path: Path
) -> None:
    a, b, c = homes.values()
    prepared_cluster.api.create("/api/v1/namespaces", {"metadata": {"name": b.place}})
    foreign_lease(prepared_cluster, b.place, "b")
    wrong = c.spec("c", one="red").replace("kind: ConfigMap", "kind: [ConfigMap]")
    twin = "d/mlsystem.yaml"
    files = {A: a.spec("a", one="red"), B: b.spec("b", one="red"), C: wrong}
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push(files), A)
        process.says("ann@build-7 (process 4711) is writing b since")
        process.says(f"{C}: commit")
        repository.push({twin: a.spec("a", two="red")})
        process.says(f"namespace {a.place} has two specs of a system a")
        process.reaches(repository.push({A: a.spec("a", one="green")}), A)
        assert (a.live.color("one"), a.live.color("two"), b.live.color("one")) == ("green", None, None)
        prepared_cluster.api.delete(f"/apis/coordination.k8s.io/v1/namespaces/{b.place}/leases/b")
        wait_for("the turn of b", lambda: b.live.color("one") == "red")
        process.end()


def test_a_spec_that_leaves_the_branch_is_told_and_its_system_kept(
    who: Identity, homes: dict[str, Home], repository: Repository, tmp_path: Path
) -> None:
    a, b, _ = homes.values()
    files = {A: a.spec("a", one="red"), B: b.spec("b", one="red")}
    with daemon(repository, who, tmp_path / "home", "a", "b/*.yaml") as process:
        process.reaches(repository.push(files), A, B)
        commit = repository.push({A: None})
        process.says(f"commit {commit[:10]} has no spec a")
        process.says(f"{A}: it has left the branch with commit {commit[:10]}: its system is kept as it was")
        process.reaches(commit, B)
        a.live.delete("one")
        wait_for("what was deleted", lambda: a.live.color("one") == "red")
        process.reaches(repository.push({A: a.spec("a", one="blue")}), A)
        assert a.live.color("one") == "blue"
        process.end()
