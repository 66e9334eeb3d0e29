"""A fault injector: a real connection to a real API server, whose watches can be held back and cut, and are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from cluster_access import CONTEXT

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import FIELD_MANAGER, Change, Event, Observed
from trimtab.reconciler.kubernetes.connection import Connection, Lost
from trimtab.reconciler.kubernetes.credentials import of_context
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.kubernetes.exchange import Answer
from trimtab.reconciler.kubernetes.feeds import Feeds

PATIENCE = 30.0


class FaultyConnection(Connection):
    """`held` and `cut` choose watches by the end of their path, such as `pods`."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__(of_context(CONTEXT, str(kubeconfig)))
        self.asked: list[tuple[str, str]] = []
        """Method and path of each request but watches, in order."""
        self.watches: list[str] = []
        self._held: set[str] = set()
        self._cut: dict[str, int] = {}
        self._changed = asyncio.Event()

    @contextmanager
    def held(self, plural: str) -> Iterator[None]:
        """What its watches tell meanwhile arrives afterwards."""
        self._held.add(plural)
        yield
        self._held.discard(plural)
        self._changed.set()

    def cut(self, plural: str) -> None:
        """Break off the watches of this kind, once."""
        self._cut[plural] = self._cut.get(plural, 0) + 1
        self._changed.set()

    async def request(self, method: str, path: str, **more: Any) -> Answer:
        self.asked.append((method, path))
        return await super().request(method, path, **more)

    async def stream(self, path: str, **more: Any) -> AsyncGenerator[bytes, None]:
        plural = path.rpartition("/")[2]
        self.watches.append(plural)
        cuts = self._cut.get(plural, 0)
        async with aclosing(super().stream(path, **more)) as lines:
            reading = asyncio.ensure_future(anext(lines))
            try:
                while True:
                    changed = asyncio.ensure_future(self._changed.wait())
                    await asyncio.wait({reading, changed}, return_when=asyncio.FIRST_COMPLETED)
                    changed.cancel()
                    self._changed.clear()
                    if self._cut.get(plural, 0) > cuts:
                        raise Lost("cut by the test")
                    if reading.done():
                        while plural in self._held:
                            await asyncio.sleep(0.01)
                        yield reading.result()
                        reading = asyncio.ensure_future(anext(lines))
            except StopAsyncIteration:
                return
            finally:
                reading.cancel()


class Watched:
    """What feeds on a faulty connection have told so far, by object."""

    def __init__(self, feeds: Feeds, connection: FaultyConnection) -> None:
        self.feeds, self.connection = feeds, connection
        self.objects: dict[Ref, Observed] = {}
        self.events: list[Event] = []
        self.synced = False
        self._news = asyncio.Event()

    async def follow(
        self, kinds: Sequence[tuple[str, str]], namespace: str, selector: Mapping[str, str]
    ) -> None:
        async for event in self.feeds.watch(kinds, namespace, selector):
            self._take(event)
            self._news.set()

    def _take(self, event: Event) -> None:
        self.events.append(event)
        if event.observed is None:
            self.synced = True
        elif event.change is Change.DELETED:
            self.objects.pop(event.observed.ref, None)
        else:
            self.objects[event.observed.ref] = event.observed

    async def until(self, condition: Any, what: str = "the condition") -> Any:
        """What `condition()` gives, as soon as it is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (given := condition()):
                    self._news.clear()
                    await self._news.wait()
                return given
        except TimeoutError:
            raise AssertionError(f"{what} did not come true; last: {list(self.objects.values())}") from None

    async def seen(self, ref: Ref, condition: Any, what: str = "the condition") -> Observed:
        def found() -> Observed | None:
            observed = self.objects.get(ref)
            return observed if observed is not None and condition(observed) else None

        observed: Observed = await self.until(found, what)
        return observed

    async def gone(self, ref: Ref) -> None:
        await self.until(lambda: ref not in self.objects, f"the end of {ref}")


@asynccontextmanager
async def watched(
    kubeconfig: Path,
    kinds: Sequence[tuple[str, str]],
    namespace: str,
    *,
    all_systems: bool = False,
    **selector: str,
) -> AsyncIterator[Watched]:
    """`system="x"` selects as a reconciler does."""
    labels = {f"trimtab.dev/{name}": value for name, value in selector.items()}
    connection = FaultyConnection(kubeconfig)
    feeds = Feeds(connection, Discovery(connection), FIELD_MANAGER, all_systems=all_systems)
    here = Watched(feeds, connection)
    task = asyncio.create_task(here.follow(kinds, namespace, labels))
    try:
        synced = asyncio.create_task(here.until(lambda: here.synced, "the first list"))
        await asyncio.wait({synced, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            synced.cancel()
            await task
        await synced
        yield here
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()
