"""A spec that begins to describe another system leaves one behind: that is told, once, with what deletes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from bundles import shop
from conditions import until
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler import daemon, engines, keeper
from trimtab.reconciler.addresses import Target
from trimtab.reconciler.cluster import ClusterUnavailable, Lacking
from trimtab.reconciler.compiling import Task
from trimtab.reconciler.daemon import Daemon, Following
from trimtab.reconciler.git import GitSource
from trimtab.reconciler.ledger import API_VERSION
from trimtab.reconciler.rights import Right
from trimtab.reconciler.selection import Selection
from trimtab.reconciler.understood import Understood

Place = tuple[str, str]
"""Namespace and name of a system."""


def bundle(place: Place) -> Bundle:
    namespace, system = place
    nothing: dict[str, Any] = {"manifests": (), "runs": (), "endpoints": (), "edges": (), "datasets": ()}
    return replace(shop(), namespace=namespace, system=system, **nothing)


class Branch:
    """Commits that are pushed: what each of their specs describes."""

    url, branch = "/srv/risk.git", "main"

    def __init__(self) -> None:
        self.specs: dict[str, Mapping[str, Place]] = {}
        self.targets: dict[str, Target] = {}
        self.broken: set[tuple[str, str]] = set()
        """Commits and specs of theirs that nobody can understand."""

    def push(self, **specs: Place) -> str:
        commit = 40 * f"{len(self.specs) + 1:x}"
        self.specs[commit] = {f"risk/{name}.mlsystem.yaml": place for name, place in specs.items()}
        return commit

    async def poll(self) -> str:
        return list(self.specs)[-1]

    async def subject(self, commit: str) -> str:
        return commit

    async def paths(self, commit: str) -> list[str]:
        return list(self.specs[commit])

    async def understood(self, task: Task) -> AsyncGenerator[Understood, None]:
        for path, _ in task.specs:
            await asyncio.sleep(0.01)  # what was handed on is taken up meanwhile
            target = self.targets.get(task.commit)
            found = bundle(self.specs[task.commit][path])
            is_broken = (task.commit, path) in self.broken
            yield Understood(path, bundle=None if is_broken else found, target=target)


class Listening:
    """Hears the daemon, and each of its systems."""

    def __init__(self) -> None:
        self.behind: list[str] = []
        self.set_backs: list[str] = []
        self.troubles: list[str] = []

    def of(self, _: str) -> Listening:
        return self

    def left_behind(self, sentence: str) -> None:
        self.behind.append(sentence)

    def set_back(self, sentence: str) -> None:
        self.set_backs.append(sentence)

    def trouble(self, sentence: str) -> None:
        self.troubles.append(sentence)

    def following(self, _: str) -> None: ...
    def commit(self, *_: str) -> None: ...
    def invalid(self, *_: Any) -> None: ...
    def planned(self, *_: Any) -> None: ...
    def acted(self, *_: Any) -> None: ...


class Guarded(SimulatedCluster):
    """Where nobody may write in `forbidden`."""

    forbidden = ""

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[str] = []
        """By which contexts."""

    async def is_reached_by(self, context: str) -> None:
        await until(lambda: self.reached[-1] == context)

    def beside(self) -> Guarded:
        return self

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        return Lacking("bot", tuple(rights) if namespace == self.forbidden else ())

    def keeps(self, place: Place) -> bool:
        return Ref(API_VERSION, "MLSystem", *place) in self.objects


class Running:
    def __init__(self, branch: Branch, cluster: Guarded, told: Listening) -> None:
        self.branch, self.cluster, self.told = branch, cluster, told

    async def reaches(self, **specs: Place) -> None:
        self.branch.push(**specs)
        await self.keeps(specs)

    async def keeps(self, specs: Mapping[str, Place]) -> None:
        await until(lambda: all(self.cluster.keeps(place) for place in specs.values()))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Guarded:
    cluster = Guarded()

    async def connect_here(_: Path) -> Guarded:
        return cluster

    async def connect_to(target: Target, **_: Any) -> Guarded:
        if target.context == "away":
            raise ClusterUnavailable("lab is away")
        cluster.reached.append(target.context)
        return cluster

    monkeypatch.setattr(engines, "connect_here", connect_here)
    monkeypatch.setattr(engines, "connect_to", connect_to)
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.01)
    return cluster


@asynccontextmanager
async def running(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch, **specs: Place
) -> AsyncIterator[Running]:
    """A daemon that has reached a first commit of these."""
    branch, told = Branch(), Listening()
    monkeypatch.setattr(daemon, "understood", branch.understood)
    source = cast("GitSource", branch)
    following = Following(source, Selection(), None, Path("home"), every=0.001)
    found = Running(branch, cluster, told)
    branch.push(**specs)
    task = asyncio.create_task(Daemon(following, told).run())
    try:
        await found.keeps(specs)
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("place", [("risk", "store"), ("other", "shop")])
async def test_a_renamed_system_is_told_once_and_its_objects_stay(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    async with running(cluster, monkeypatch, a=("risk", "shop")) as followed:
        await followed.reaches(a=place)
        await until(lambda: followed.told.behind)
        await followed.reaches(a=place, b=("risk", "another"))
        assert cluster.keeps(("risk", "shop"))
        assert not [line for line in cluster.written if line.startswith("delete ")]
    assert followed.told.behind == [
        "no spec describes system shop of namespace risk on this machine any more: it is no longer kept, "
        "and its objects stay; "
        "`git show 1111111111:risk/a.mlsystem.yaml > risk/old.mlsystem.yaml && "
        "trimtab delete risk/old.mlsystem.yaml -e laptop --take-over` deletes it"
    ]


async def test_what_another_spec_describes_by_the_same_commit_is_not_left_behind(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = ("risk", "one"), ("risk", "two")
    async with running(cluster, monkeypatch, a=one, b=two) as followed:
        await followed.reaches(a=two, b=one)
        await followed.reaches(a=two, b=one, c=("risk", "three"))
        assert followed.told.behind == []


async def test_while_the_commit_has_to_wait_the_old_one_is_kept_and_not_left_behind(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.forbidden = "other"
    async with running(cluster, monkeypatch, a=("risk", "shop")) as followed:
        followed.branch.push(a=("other", "shop"))
        await until(lambda: followed.told.set_backs)
        assert followed.told.behind == []
        cluster.remove(Ref(API_VERSION, "MLSystem", "risk", "shop"))
        await until(lambda: cluster.keeps(("risk", "shop")))
        cluster.forbidden = ""
        await until(lambda: followed.told.behind)
        await until(lambda: cluster.keeps(("other", "shop")))


async def test_one_that_moves_to_another_cluster_is_told_though_that_is_away(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(cluster, monkeypatch, a=("risk", "shop")) as followed:
        followed.branch.targets[40 * "2"] = Target("lab", "away")
        followed.branch.push(a=("risk", "shop"))
        await until(lambda: followed.told.behind)
        await until(lambda: "lab is away" in followed.told.troubles)
        assert "system shop of namespace risk on this machine any more" in followed.told.behind[0]


async def test_a_cluster_that_has_only_another_name_by_now_is_not_left(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To follow what would be said, and delete it, would be to delete what is kept."""
    async with running(cluster, monkeypatch, a=("risk", "old")) as followed:
        for commit, (name, system) in enumerate(
            (("lab", "shop"), ("laboratory", "shop"), ("laboratory", "last")), start=2
        ):
            followed.branch.targets[40 * str(commit)] = Target(name, name)
            await followed.reaches(a=("risk", system))
            await cluster.is_reached_by(name)
        await until(lambda: len(followed.told.behind) == 2)
        assert [said.split(" any more")[0] for said in followed.told.behind] == [
            "no spec describes system old of namespace risk on this machine",
            "no spec describes system shop of namespace risk on cluster laboratory",
        ]


async def test_nothing_is_told_while_a_spec_can_t_be_understood(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the one that describes the system now."""
    async with running(cluster, monkeypatch, a=("risk", "shop")) as followed:
        followed.branch.broken.add((40 * "2", "risk/b.mlsystem.yaml"))
        followed.branch.push(a=("risk", "other"), b=("risk", "shop"))
        await until(lambda: cluster.keeps(("risk", "other")))
        assert followed.told.behind == []
        await followed.reaches(a=("risk", "other"), b=("risk", "shop"), c=("risk", "third"))
        assert followed.told.behind == []
