"""`trimtab daemon` starts anew for nothing, ends between two writes, and is the only writer while it runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from control_plane import Access, Identity
from control_plane.audit import Request
from followed import MAIN, Live, Repository, account, daemon, namespace, spec
from trimtab_cli import TRIMTAB, wait_for

READING = {"get", "list", "watch"}
QUESTION = "selfsubjectrulesreviews"


@pytest.fixture
def place(prepared_cluster: Access) -> Iterator[str]:
    with namespace(prepared_cluster, "kept") as place:
        yield place


@pytest.fixture
def who(prepared_cluster: Access) -> Identity:
    """Another for each test: requests are counted by it."""
    return account(prepared_cluster)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path)


@pytest.fixture
def live(prepared_cluster: Access, place: str) -> Live:
    return Live(prepared_cluster, place)


def asked(plane: Access, who: Identity, mark: int) -> list[Request]:
    return plane.audit.requests(mark, who.subject["name"])


def writes(requests: list[Request]) -> list[tuple[str, str]]:
    return [
        (each.verb, each.resource)
        for each in requests
        if each.verb not in READING and each.resource != QUESTION
    ]


def test_a_restart_costs_lists_and_watches_and_no_write_but_the_lease(
    prepared_cluster: Access, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    commit = repository.push({MAIN: spec(place, one="red", two="red")})
    with daemon(repository, who, tmp_path / "home") as first:
        first.reaches(commit)
        assert "as commit" in first.end()
    mark = prepared_cluster.audit.mark()
    with daemon(repository, who, tmp_path / "home") as second:
        second.reaches(commit)
        told = second.end()
    again = asked(prepared_cluster, who, mark)
    assert writes(again) == [("create", "leases"), ("delete", "leases")]
    watched = [each.resource for each in again if each.verb == "watch"]
    assert len(watched) == len(set(watched))
    assert not [each for each in again if each.verb == "get" and each.resource == "configmaps"]
    assert "create" not in told


def test_a_push_costs_what_it_changes_and_nothing_is_listed_or_let_go_of(
    prepared_cluster: Access, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        mark = prepared_cluster.audit.mark()
        process.reaches(repository.push({MAIN: spec(place, one="blue", two="red")}))
        push = asked(prepared_cluster, who, mark)
        process.end()
    assert live.color("one") == "blue"
    assert not {each.verb for each in push} & READING, push
    assert "leases" not in {resource for _, resource in writes(push)}
    changed = [each.name for each in push if each.verb == "patch" and each.resource == "configmaps"]
    assert changed == ["one"]


def test_a_second_daemon_waits_and_takes_over_when_the_first_ends(
    who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    commit = repository.push({MAIN: spec(place, one="red")})
    with (
        daemon(repository, who, tmp_path / "home") as first,
        daemon(repository, who, tmp_path / "other") as second,
    ):
        holder, other = first, second
        wait_for("one that writes", lambda: "as commit" in first.said() + second.said())
        if "as commit" in second.said():
            holder, other = second, first
        number = holder.process.pid
        other.says(f"(process {number}) is writing shop since")
        live.delete("one")
        wait_for("the holder's repair", lambda: live.color("one") == "red")
        # The namespace of the Lease may have been made by the one that did not get it.
        assert "ConfigMap" not in other.said()
        holder.end()
        other.reaches(commit)
        live.delete("one")
        wait_for("the other's repair", lambda: live.color("one") == "red")
        assert f"(process {other.process.pid})" in str(live.holder())


def test_an_apply_beside_a_daemon_is_told_who_writes(
    who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    with daemon(repository, who, tmp_path / "home") as process:
        process.reaches(repository.push({MAIN: spec(place, one="red")}))
        (repository.clone / MAIN).write_text(spec(place, one="blue"))
        done = subprocess.run(
            [TRIMTAB, "apply"],
            cwd=repository.clone,
            env={**os.environ, "KUBECONFIG": str(who.kubeconfig)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"(process {process.process.pid}) is writing shop since" in done.stderr
        assert done.returncode == 3, done.stderr
        assert live.color("one") == "red"


def test_who_is_asked_to_end_ends_between_two_writes_and_lets_go(
    prepared_cluster: Access, who: Identity, place: str, live: Live, repository: Repository, tmp_path: Path
) -> None:
    many = {f"c{number}": "red" for number in range(300)}
    commit = repository.push({MAIN: spec(place, **many)})
    mark = prepared_cluster.audit.mark()
    with daemon(repository, who, tmp_path / "home") as first:
        first.says("create ConfigMap/")
        assert "no longer following" in first.end()
    done = writes(asked(prepared_cluster, who, mark))
    assert done.index(("delete", "leases")) == len(done) - 1
    assert live.holder() is None
    made = done.count(("patch", "configmaps"))
    assert 0 < made < len(many)
    with daemon(repository, who, tmp_path / "home") as second:
        second.reaches(commit)
        assert second.end().count("create ConfigMap/c") == len(many) - made
