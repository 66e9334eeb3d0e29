"""What the containers of a Pod, Job or Deployment have written, read from their files; the host only says where they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import LogLine
from trimtab.reconciler.local import log_archive, pod_directory, processes, tail
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.merged_lines import Lines, merged

LOOK_AGAIN = 0.5
"""Seconds between looks for new Pods while logs are followed."""


class Written(NamedTuple):
    """The containers of one Pod."""

    pod: str
    uid: str
    containers: Sequence[str]


class Listing(NamedTuple):
    """`over` says that no further Pod will come."""

    pods: Sequence[Written]
    over: bool


Look = Callable[[], Awaitable[Listing]]


async def lines(
    places: Places, ref: Ref, look: Look, *, follow: bool, count: int | None
) -> AsyncGenerator[LogLine, None]:
    """Oldest Pods first, those that are gone included; `count` is of each container."""
    for pod, file in log_archive.kept(places, ref):
        for text in tail.last_lines(file, count):
            yield LogLine(pod, text)
    if not follow:
        for written in (await look()).pods:
            for log in _logs(places, written):
                for text in tail.last_lines(log, count):
                    yield LogLine(written.pod, text)
        return
    following = merged(lambda queue: _feed(places, look, count, queue))
    async with contextlib.aclosing(following) as followed:
        async for line in followed:
            yield line


def _logs(places: Places, written: Written) -> Iterator[Path]:
    for name in written.containers:
        yield pod_directory.container(places.pods / written.uid, name) / "log"


async def _feed(places: Places, look: Look, count: int | None, queue: Lines) -> None:
    """All containers at once; ends when the last one has ended."""
    known: set[str] = set()
    all_told = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        while True:
            listing = await look()
            for written in (written for written in listing.pods if written.uid not in known):
                known.add(written.uid)
                for log in _logs(places, written):
                    group.create_task(_read(written.pod, log, count, queue, all_told))
            if listing.over:
                all_told.set()
                break
            await asyncio.sleep(LOOK_AGAIN)


async def _read(pod: str, log: Path, count: int | None, queue: Lines, all_told: asyncio.Event) -> None:
    def over() -> bool:
        """A container that has not started yet has no log; one that never will is over with its Job."""
        return not processes.is_alive(log.parent) and (log.exists() or all_told.is_set())

    async for text in tail.follow(log, count, over):
        await queue.put(LogLine(pod, text))
