"""How long a change by somebody else lasts: from the API server's answer to it until the object is as it was again.

That is seen by watches of this process. One change after the other, each at another object while there are any left.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import msgspec
from control_plane import ControlPlane

from benchmarks.at_rest.applications import Body
from benchmarks.at_rest.arena import say
from benchmarks.at_rest.strangers import EDITS, OURS, Change, Owner, Target, collection, content, request

TOO_LONG_SECONDS = 60.0
KINDS = tuple(EDITS)


class Healed(NamedTuple):
    """`seconds` is None where nobody healed it in a minute."""

    change: Change
    target: Target
    seconds: float | None


async def heal(
    plane: ControlPlane, targets: Sequence[Target], changes: int, seed: int, owner: Owner = OURS
) -> list[Healed]:
    """A quarter of the changes are of each sort, in no order."""
    chance = random.Random(seed)
    sorts = [list(Change)[number % len(Change)] for number in range(changes)]
    chance.shuffle(sorts)
    victims = [
        target for _ in range(-(-changes // len(targets))) for target in chance.sample(targets, len(targets))
    ]
    told = []
    async with _eyes(plane, owner) as eyes:
        for change, target in zip(sorts, victims, strict=False):
            told.append(Healed(change, target, await eyes.healed_after(change, target)))
            if len(told) % 50 == 0:
                say(f"{len(told)} of {changes} changes")
    return told


class _Eyes:
    """Sees all objects of the four kinds, and waits for one of them."""

    def __init__(self, session: aiohttp.ClientSession, owner: Owner) -> None:
        self._session = session
        self._owner = owner
        self._target: Target | None = None
        self._wanted: dict[str, Any] = {}
        self._seen: list[tuple[float, str, int]] = []
        """When the target was seen as it is wanted: its uid, its revision."""
        self._news = asyncio.Event()

    async def healed_after(self, change: Change, target: Target) -> float | None:
        async with self._session.get(target.path) as answer:
            live = await answer.json()
        self._target, self._wanted, self._seen = target, content(live), []
        sent = request(change, target, live, self._owner)
        headers = {"Content-Type": sent.content_type}
        data = msgspec.json.encode(sent.body)
        async with self._session.request(
            sent.verb, target.path, params=sent.query, data=data, headers=headers
        ) as answer:
            said = await answer.json()
            answered = time.perf_counter()
        if answer.status >= 400:
            raise SystemExit(f"{change} of {target}: {said.get('message')}")
        revision = int(said["metadata"].get("resourceVersion") or 0)
        try:
            async with asyncio.timeout(TOO_LONG_SECONDS):
                seen = await self._until(live["metadata"]["uid"] if change is Change.DELETE else "", revision)
        except TimeoutError:
            say(f"not healed: {change} of {target}")
            return None
        return max(0.0, seen - answered)

    async def _until(self, gone: str, revision: int) -> float:
        while True:
            for seen, uid, version in self._seen:
                if uid != gone and version > revision:
                    return seen
            self._news.clear()
            await self._news.wait()

    async def watch(self, kind: str, revision: str, ready: asyncio.Event) -> None:
        query = {"watch": "1", "resourceVersion": revision, "timeoutSeconds": "86400"}
        async with self._session.get(collection(kind), params=query) as answer:
            answer.raise_for_status()
            ready.set()
            rest = b""
            async for piece in answer.content.iter_any():
                now = time.perf_counter()
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._look(kind, msgspec.json.decode(line), now)
        raise SystemExit(f"the watch of {kind} has ended")

    def _look(self, kind: str, event: Mapping[str, Any], now: float) -> None:
        body: Body = event["object"]
        metadata = body["metadata"]
        is_target = self._target == (kind, metadata.get("namespace", ""), metadata.get("name"))
        if is_target and event["type"] in {"ADDED", "MODIFIED"} and content(body) == self._wanted:
            self._seen.append((now, metadata["uid"], int(metadata["resourceVersion"])))
            self._news.set()


@asynccontextmanager
async def _eyes(plane: ControlPlane, owner: Owner) -> AsyncIterator[_Eyes]:
    trust = ssl.create_default_context(cafile=plane.authority.certificate)
    trust.load_cert_chain(*plane.admin)
    connector = aiohttp.TCPConnector(ssl=trust)
    no_limit = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(plane.url, connector=connector, timeout=no_limit) as session,
        asyncio.TaskGroup() as tasks,
    ):
        eyes, ready = _Eyes(session, owner), [asyncio.Event() for _ in KINDS]
        watching = []
        for kind, is_ready in zip(KINDS, ready, strict=True):
            async with session.get(collection(kind), params={"limit": "1"}) as answer:
                revision = (await answer.json())["metadata"]["resourceVersion"]
            watching.append(tasks.create_task(eyes.watch(kind, revision, is_ready)))
        await asyncio.gather(*(each.wait() for each in ready))
        yield eyes
        for task in watching:
            task.cancel()
