"""`trimtab daemon`: follow a branch. Each commit is fetched once, and each of its specs goes to a keeper of its own.

A spec that can't be compiled changes nothing: its last good commit stays in force, and the findings are told. One that
has left the branch is told, and nothing of it is pruned; the same holds where the branch or the whole repository is
gone, and of a system whose spec describes another one by now. A source that can't be read is an error, never an empty spec.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from trimtab.reconciler import keeper, left_behind
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.compiling import Asked, Task, understood
from trimtab.reconciler.engines import Engines
from trimtab.reconciler.git import GitError, GitSource
from trimtab.reconciler.keeper import Keeper, Wanted
from trimtab.reconciler.opening import state_directory
from trimtab.reconciler.selection import Selection
from trimtab.reconciler.understood import Understood


class SystemReporter(keeper.Reporter, Protocol):
    """What is told of one spec."""

    def invalid(self, commit: str, found: Understood) -> None: ...
    def left_behind(self, sentence: str) -> None: ...


class Reporter(Protocol):
    """What is told of the source."""

    def following(self, source: str) -> None: ...
    def commit(self, commit: str, subject: str) -> None: ...
    def trouble(self, sentence: str) -> None: ...
    def of(self, spec: str) -> SystemReporter: ...


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow. Without an `environment`, each spec's default; `home` is the folder that stands for the root of
    the repository: the state of local systems lies below it, beside their specs. `every` is in seconds."""

    source: GitSource
    selection: Selection
    environment: str | None
    home: Path
    every: float
    take_over: bool = False


@dataclass(slots=True)
class _System:
    keeper: Keeper
    reporter: SystemReporter
    environment: str | None
    """Fixed by the first sound commit: a later one must not move a system into another environment."""


class Daemon:
    def __init__(self, following: Following, reporter: Reporter) -> None:
        self._following, self._reporter = following, reporter
        self._engines = Engines()
        self._systems: dict[str, _System] = {}
        self._left: list[tuple[str, Wanted]] = []
        """By the spec that has described it. Whether another one does is known once a commit is understood."""
        self._is_taking = self._is_unsure = False
        """A commit is being understood; of the last one, a spec could not be, and nobody knows what it describes."""
        self._takes_over = following.take_over
        """Until a first commit is taken: what comes later was not asked about."""
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Until cancelled; it then ends between two writes of each system, never within one."""
        async with self._tasks:
            await self._follow()

    async def _follow(self) -> None:
        source, seen, lost = self._following.source, "", True
        while True:
            try:
                head = await source.poll()
                if lost:
                    self._reporter.following(f"{source.url} {source.branch}")
                if head != seen:
                    await self._take(head)
                seen, lost = head, False
            except GitError as error:
                self._reporter.trouble(str(error))
                lost = True
            await asyncio.sleep(self._following.every)

    async def _take(self, commit: str) -> None:
        source, selection = self._following.source, self._following.selection
        self._is_taking, self._is_unsure = True, False
        self._reporter.commit(commit, await source.subject(commit))
        paths = await source.paths(commit)
        specs = selection.of(paths)
        for pattern in selection.without_match(paths):
            self._reporter.trouble(f"commit {commit[:10]} has no spec {pattern}".rstrip())
        for path in sorted(self._systems.keys() - set(specs)):
            sentence = f"it has left the branch with commit {commit[:10]}: its system is kept as it was"
            self._systems[path].reporter.set_back(sentence)
        asked = tuple(Asked(path, self._system(path).environment) for path in specs)
        async with aclosing(understood(Task(source, commit, asked))) as found:
            async for each in found:
                self._is_unsure |= each.bundle is None
                self._hand_on(commit, each)
        self._is_taking = self._takes_over = False
        self._tell_left_behind()

    def _hand_on(self, commit: str, found: Understood) -> None:
        source, system, bundle = self._following.source, self._systems[found.path], found.bundle
        if found.refusal:
            system.reporter.set_back(f"commit {commit[:10]} changes nothing: {found.refusal}")
        elif bundle is None:
            system.reporter.invalid(commit, found)
        else:
            origin = Origin(f"git:{source.url}#{source.branch}:{found.path}", commit)
            state = state_directory(self._following.home / found.path, bundle.environment)
            system.keeper.want(Wanted(bundle, origin, found.target or state))
            system.environment = bundle.environment

    def _leave(self, path: str, left: Wanted) -> None:
        self._left.append((path, left))
        self._tell_left_behind()

    def _tell_left_behind(self) -> None:
        if self._is_taking or self._is_unsure:
            return
        left, self._left = self._left, []
        for path, each in left:
            if not any(system.keeper.wants(each.place) for system in self._systems.values()):
                self._systems[path].reporter.left_behind(left_behind.sentence(path, each))

    def _system(self, path: str) -> _System:
        """Begun when its spec is first seen."""
        system = self._systems.get(path)
        if system is None:
            reporter = self._reporter.of(path)
            left = partial(self._leave, path)
            kept = Keeper(self._engines, reporter, take_over=self._takes_over, left=left)
            system = self._systems[path] = _System(kept, reporter, self._following.environment)
            self._tasks.create_task(kept.run())
        return system
