"""`trimtab daemon`: follow a branch and the live engine. A commit is applied; what was killed or changed is healed.

A commit that can't be compiled changes nothing: the last good one stays in force, and the findings are told. A source
that can't be read is an error, never an empty spec.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from trimtab.reconciler.carry_out import LeaseLost
from trimtab.reconciler.cluster import Cluster, ClusterUnavailable
from trimtab.reconciler.files import CommitFiles
from trimtab.reconciler.git import GitError, GitSource
from trimtab.reconciler.loop import Listener, Loop, Origin
from trimtab.reconciler.session import NotPrepared, Prepared, SystemHeld, connect, opened, prepare

RETRY_SECONDS = 2.0
"""Before a lease that somebody holds, or an engine that went away, is asked again."""


class Reporter(Listener, Protocol):
    """What the daemon tells, beside plans and actions."""

    def following(self, source: str) -> None: ...
    def commit(self, commit: str, subject: str) -> None: ...
    def invalid(self, commit: str, prepared: Prepared) -> None: ...
    def trouble(self, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow. `spec` is the path inside the repository, `state` the folder of the local engine."""

    source: GitSource
    spec: str
    environment: str | None
    state: Path
    poll_seconds: float
    take_over: bool = False


class Daemon:
    """Ends when its task is cancelled; between two writes, never within one."""

    def __init__(self, following: Following, reporter: Reporter) -> None:
        self._following, self._reporter = following, reporter
        self._wanted: Prepared | None = None
        self._loop: Loop | None = None
        self._news = asyncio.Event()

    async def run(self) -> None:
        self._reporter.following(f"{self._following.source.url} {self._following.source.branch}")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_branch())
            tasks.create_task(self._follow_engine())

    async def _follow_branch(self) -> None:
        seen = ""
        while True:
            try:
                head = await self._following.source.poll()
                if head != seen:
                    await self._take(head)
                    seen = head
            except GitError as error:
                self._reporter.trouble(str(error))
            await asyncio.sleep(self._following.poll_seconds)

    async def _take(self, commit: str) -> None:
        source, path = self._following.source, self._following.spec
        self._reporter.commit(commit, await source.subject(commit))
        text = (await source.read(commit, path)).decode(errors="surrogateescape")
        files = CommitFiles(source, commit, str(PurePosixPath(path).parent))
        origin = Origin(f"git:{source.url}#{source.branch}:{path}", commit)
        prepared = await prepare(text, path, self._following.environment, files, origin)
        if prepared.bundle is None:
            self._reporter.invalid(commit, prepared)
            return
        self._wanted = prepared
        self._news.set()
        if self._loop is not None:
            self._loop.nudge()

    async def _follow_engine(self) -> None:
        while True:
            if self._wanted is None:
                await self._news.wait()
            self._news.clear()
            try:
                await self._keep()
            except (ClusterUnavailable, LeaseLost, NotPrepared) as error:
                self._reporter.trouble(str(error))
                await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), RETRY_SECONDS)

    async def _keep(self) -> None:
        prepared = self._wanted
        if prepared is None:
            return
        cluster: Cluster = await connect(prepared, self._following.state)
        try:
            while not self._news.is_set():
                try:
                    await self._hold(prepared, cluster)
                except SystemHeld as error:  # the connection is kept: to make one may ask a person to log in
                    self._reporter.trouble(str(error))
                    await self._pause()
        finally:
            await cluster.close()

    async def _hold(self, prepared: Prepared, cluster: Cluster) -> None:
        try:
            async with opened(
                prepared, cluster, self._reporter, take_over=self._following.take_over
            ) as self._loop:
                self._loop.scheduled = True
                await self._loop.keep(self._news.is_set)
        finally:
            self._loop = None
