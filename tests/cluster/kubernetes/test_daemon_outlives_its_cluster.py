"""What a daemon depends on goes away and comes back: our kinds, the API server, the repository. It says so, goes on by
itself, and prunes nothing meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster_access import install
from control_plane import ControlPlane, Identity
from control_plane import start as start_control_plane
from followed import MAIN, Live, Repository, daemon, git, namespace, spec
from trimtab_cli import wait_for


@pytest.fixture(scope="module")
def plane(control_plane_programs: object) -> Iterator[ControlPlane]:
    """To be broken; it begins without our kinds."""
    with start_control_plane() as plane:
        yield plane


@pytest.fixture(scope="module")
def who(plane: ControlPlane) -> Identity:
    return plane.users.named("administrator", ["system:masters"])


@pytest.fixture
def place(plane: ControlPlane) -> Iterator[str]:
    with namespace(plane, "outlived") as place:
        yield place


@pytest.fixture
def live(plane: ControlPlane, place: str) -> Live:
    return Live(plane, place)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path)


def test_kinds_that_are_missing_are_told_once_and_waited_for(
    plane: ControlPlane, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    with namespace(plane, "other") as beside, daemon(repository, who, tmp_path / "home") as process:
        repository.push(
            {MAIN: spec(place, one="red"), "other/mlsystem.yaml": spec(beside, "other", one="red")}
        )
        process.says("cluster `tests` does not know the kind MLSystem")
        assert place not in plane.kubectl("get", "namespaces", "-o", "name")
        asyncio.run(install(plane))
        wait_for("one system", lambda: live.color("one") == "red")
        wait_for("the other", lambda: Live(plane, beside).color("one") == "red")
        assert process.end().count("does not know the kind") == 1


def test_an_api_server_that_was_killed_is_waited_for(
    plane: ControlPlane, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    asyncio.run(install(plane))
    with daemon(repository, who, tmp_path / "home") as process:
        repository.push({MAIN: spec(place, one="red", two="red")})
        process.says("create ConfigMap/two")
        holder = live.holder()
        plane.kill_api_server()
        commit = repository.push({MAIN: spec(place, one="blue", two="red")}, "While it is away")
        process.says(f"commit {commit[:10]} While it is away")
        plane.restart_api_server()
        wait_for("the commit", lambda: live.color("one") == "blue")
        live.delete("two")
        wait_for("what was deleted", lambda: live.color("two") == "red")
        assert live.holder() == holder
        process.end()


def _repository_gone(repository: Repository) -> None:
    repository.bare.rename(repository.bare.with_name("elsewhere.git"))


def _branch_gone(repository: Repository) -> None:
    git(repository.bare, "update-ref", "-d", "refs/heads/main")


def _another_history(repository: Repository) -> None:
    git(repository.clone, "checkout", "-q", "--orphan", "wrong")
    git(repository.clone, "rm", "-rqf", ".")
    (repository.clone / "README").write_text("Nothing of ours\n")
    git(repository.clone, "add", "-A")
    git(repository.clone, "commit", "-qm", "Wrong")
    git(repository.clone, "push", "-qf", "origin", "HEAD:main")


@pytest.mark.parametrize(
    ("accident", "words"),
    [
        (_repository_gone, "git ls-remote: "),
        (_branch_gone, "has no branch main"),
        (_another_history, f"{MAIN}: it has left the branch"),
    ],
)
def test_a_source_that_is_gone_or_wrong_is_told_and_what_was_there_is_kept(
    plane: ControlPlane,
    who: Identity,
    place: str,
    live: Live,
    repository: Repository,
    tmp_path: Path,
    accident: Callable[[Repository], None],
    words: str,
) -> None:
    asyncio.run(install(plane))
    with daemon(repository, who, tmp_path / "home") as process:
        repository.push({MAIN: spec(place, one="red", two="red")})
        process.says("create ConfigMap/two")
        accident(repository)
        process.says(words)
        live.delete("two")
        wait_for("what was deleted", lambda: live.color("two") == "red")
        assert live.color("one") == "red"
        assert "delete " not in process.end()
