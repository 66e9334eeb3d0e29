"""`trimtab daemon` on a real API server: commits are applied, wrong ones change nothing, damage is healed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from control_plane import Access, Identity
from followed import MAIN, DaemonProcess, Live, Repository, account, daemon, namespace, spec
from trimtab_cli import wait_for


@pytest.fixture(scope="module")
def who(prepared_cluster: Access) -> Identity:
    return account(prepared_cluster)


class Followed:
    """One system, `shop`, of three ConfigMaps, and the daemon that keeps it for all tests here."""

    def __init__(self, repository: Repository, process: DaemonProcess, live: Live, place: str) -> None:
        self.repository, self.daemon, self.live, self._place = repository, process, live, place

    def spec(self, **colors: str) -> str:
        return spec(self._place, **{"one": "red", "two": "red", "three": "red", **colors})


@pytest.fixture(scope="module")
def followed(
    prepared_cluster: Access, who: Identity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("followed")
    repository = Repository.new(folder)
    with (
        namespace(prepared_cluster, "followed") as place,
        daemon(repository, who, folder / "home") as process,
    ):
        found = Followed(repository, process, Live(prepared_cluster, place), place)
        process.reaches(repository.push({MAIN: found.spec()}, "First"))
        yield found


def test_a_push_is_applied(followed: Followed) -> None:
    commit = followed.repository.push({MAIN: followed.spec(one="green", four="red")})
    followed.daemon.reaches(commit)
    assert followed.live.color("one") == "green"
    assert followed.live.color("four") == "red"
    commit = followed.repository.push({MAIN: followed.spec()})
    followed.daemon.reaches(commit)
    assert followed.live.color("one") == "red"
    assert followed.live.config("four") is None


def test_a_wrong_push_changes_nothing_and_the_last_good_one_stays_in_force(followed: Followed) -> None:
    wrong = followed.spec(one="green").replace("kind: ConfigMap", "kind: [ConfigMap]", 1)
    commit = followed.repository.push({MAIN: wrong})
    followed.daemon.says(f"{MAIN}: commit {commit[:10]} is not right, and changes nothing")
    followed.daemon.says(f"{MAIN}:6:")
    followed.live.delete("two")
    wait_for("the last good state", lambda: followed.live.color("two") == "red")
    assert followed.live.color("one") == "red"
    followed.daemon.reaches(followed.repository.push({MAIN: followed.spec(three="blue")}))
    assert followed.live.color("three") == "blue"
    followed.daemon.reaches(followed.repository.push({MAIN: followed.spec()}))


DAMAGE: dict[str, Callable[[Live], None]] = {
    "a changed field": lambda live: live.merge("one", {"data": {"color": "black"}}),
    "a deleted object": lambda live: live.delete("one"),
    "a stripped label": lambda live: live.merge("one", {"metadata": {"labels": None}}),
    "an apply under our name": lambda live: live.apply_as_us("one", {"color": "black"}),
    "an apply under our name that gives fields up": lambda live: live.apply_as_us("one", {"other": "x"}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_healed(followed: Followed, damage: Callable[[Live], None]) -> None:
    before = owned(followed.live)
    assert before is not None
    damage(followed.live)
    wait_for("the healed object", lambda: owned(followed.live) == before)


def owned(live: Live) -> tuple[Any, Any] | None:
    found = live.config("one")
    return None if found is None else (found["data"], found["metadata"].get("labels"))
