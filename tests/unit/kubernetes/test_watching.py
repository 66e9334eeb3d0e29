"""A watch against a server that does what servers do once in a while: expire, cut, lag, refuse, know less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import pytest
from scripted_server import Page, Refusal, ScriptedServer, bookmark, error, event, stream
from served_objects import body

from trimtab.reconciler.cluster import FIELD_MANAGER, ClusterUnavailable, Observed
from trimtab.reconciler.kubernetes import pauses, watching
from trimtab.reconciler.kubernetes.arrivals import Arrivals
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.kubernetes.feed import Feed
from trimtab.reconciler.kubernetes.owned import Owned
from trimtab.reconciler.kubernetes.table import Told
from trimtab.reconciler.kubernetes.watching import Habits, Refused, Watch

KIND = ("v1", "Thing")
A5, B6 = body("a", 5), body("b", 6)


class Heard:
    """What a feed told, as `+a5`, `*a6`, `-a7`, and `synced`."""

    def __init__(self) -> None:
        self.news: list[str] = []
        self.changed = asyncio.Event()

    def hear(self, told: Told) -> None:
        sign = "-" if told.new is None else "+" if told.old is None else "*"
        observed = told.new or told.old
        assert observed is not None
        self._note(f"{sign}{observed.ref.name}{observed.revision}")

    def note_synced(self, kind: tuple[str, str]) -> None:
        self._note("synced")

    def fail(self, error: Exception) -> None:
        self._note(str(error))

    def _note(self, text: str) -> None:
        self.news.append(text)
        self.changed.set()


class Following:
    def __init__(self, server: ScriptedServer, namespace: str = "", kind: tuple[str, str] = KIND) -> None:
        connection, discovery = cast(Connection, server), cast(Discovery, server)
        self.habits = Habits(connection, discovery, Arrivals(connection, discovery))
        self.heard = Heard()
        self.feed = Feed(kind, FIELD_MANAGER, Owned(), self)
        self.feed.join(self.heard)
        self.task = asyncio.create_task(
            Watch(self.habits, kind, self.feed, namespace, "trimtab.dev/system=x").run()
        )

    async def look_for_ends(self, job: Observed) -> None:
        raise AssertionError("no Jobs here")

    def watch_queues(self) -> None:
        raise AssertionError("no queues here")

    async def until(self, condition: Callable[[], object]) -> list[str]:
        async with asyncio.timeout(10):
            while not condition():
                assert not self.task.done(), self.task
                self.heard.changed.clear()
                waits = asyncio.create_task(self.heard.changed.wait())
                await asyncio.wait({waits, self.task}, return_when=asyncio.FIRST_COMPLETED, timeout=0.05)
                waits.cancel()
        return self.heard.news

    async def has(self, *news: str) -> list[str]:
        return await self.until(lambda: self.heard.news[-len(news) :] == list(news))


@asynccontextmanager
async def following(server: ScriptedServer, **more: Any) -> AsyncIterator[Following]:
    here = Following(server, **more)
    try:
        yield here
    finally:
        here.task.cancel()
        with suppress(asyncio.CancelledError, Refused, ClusterUnavailable):
            await here.task


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    monkeypatch.setattr(pauses, "FIRST", 0.001)
    monkeypatch.setattr(pauses, "AT_ONCE", 0.001)
    monkeypatch.setattr(pauses, "LONGEST", 0.01)
    return ScriptedServer()


def initial(revision: int, *objects: dict[str, Any]) -> list[Any]:
    return [*(event("ADDED", each) for each in objects), bookmark(revision, ends_list=True)]


async def test_a_watch_begins_with_what_is_there_and_goes_on(server: ScriptedServer) -> None:
    server.streams.append(
        stream(*initial(9, A5, B6), event("MODIFIED", body("a", 10)), event("DELETED", body("b", 11)))
    )
    async with following(server) as here:
        assert await here.has("-b11") == ["+a5", "+b6", "synced", "*a10", "-b11"]
    asked = server.asked[0]
    assert asked["labelSelector"] == "trimtab.dev/system=x"
    assert asked["allowWatchBookmarks"] == "true"
    assert 300 <= int(asked["timeoutSeconds"]) <= 600
    assert len(server.asked) == 1


@pytest.mark.parametrize("then", ["end", "cut"])
async def test_a_watch_that_ends_goes_on_from_its_last_bookmark(server: ScriptedServer, then: str) -> None:
    server.streams.append(stream(*initial(9, A5), bookmark(42), then=then))
    server.streams.append(stream(event("MODIFIED", body("a", 43))))
    async with following(server) as here:
        assert await here.has("*a43") == ["+a5", "synced", "*a43"]
    assert server.asked[1]["resourceVersion"] == "42"


@pytest.mark.parametrize("expiry", [Refusal(410), stream(error(410))], ids=["as an answer", "in the stream"])
async def test_after_expiry_a_list_tells_what_was_missed(server: ScriptedServer, expiry: Any) -> None:
    server.streams += [
        stream(*initial(9, A5, B6), then="cut"),
        expiry,
        stream(*initial(20, body("b", 15), body("c", 12))),
    ]
    async with following(server) as here:
        await here.until(lambda: "-a20" in here.heard.news)
        assert here.heard.news == ["+a5", "+b6", "synced", "*b15", "+c12", "-a20"]
    assert "resourceVersion" not in server.asked[2]


async def test_a_list_that_broke_off_deletes_nothing(server: ScriptedServer) -> None:
    server.streams += [
        stream(*initial(9, A5, B6), then="cut"),
        Refusal(410),
        stream(event("ADDED", body("a", 10)), then="cut"),
        stream(*initial(20, body("a", 10), B6), event("MODIFIED", body("a", 21))),
    ]
    async with following(server) as here:
        assert await here.has("*a21") == ["+a5", "+b6", "synced", "*a10", "*a21"]


async def test_a_stale_list_is_asked_for_again(server: ScriptedServer) -> None:
    server.streams += [
        stream(*initial(9, A5), bookmark(50), then="cut"),
        Refusal(410),
        stream(*initial(40)),
        stream(*initial(51, A5), event("MODIFIED", body("a", 52))),
    ]
    async with following(server) as here:
        assert await here.has("*a52") == ["+a5", "synced", "*a52"]


async def test_a_past_that_was_put_back_ends_the_watch(server: ScriptedServer) -> None:
    server.streams += [stream(*initial(90, A5), then="cut"), Refusal(410)]
    server.streams += [stream(*initial(40)) for _ in range(watching.STALE_LISTS)]
    async with following(server) as here:
        with pytest.raises(ClusterUnavailable, match="older state"):
            await asyncio.wait_for(here.task, 10)
        assert here.heard.news == ["+a5", "synced"]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_without_initial_events_is_listed_by_pages(
    server: ScriptedServer, status: int
) -> None:
    server.streams += [
        Refusal(status),
        stream(event("MODIFIED", body("a", 21)), then="cut"),
        Refusal(410),
        stream(),
    ]
    server.pages += [Page(20, (A5,), more="next"), Page(20, (B6,)), Page(30, (B6,))]
    async with following(server) as here:
        assert await here.has("-a30") == ["+a5", "+b6", "synced", "*a21", "-a30"]
        assert not here.habits.initial_events
    asked = [each for each in server.asked if "sendInitialEvents" in each]
    assert len(asked) == 1, "once is enough to know"
    assert server.asked[2]["continue"] == "next"


async def test_a_page_that_expired_begins_the_list_again(server: ScriptedServer) -> None:
    server.streams += [Refusal(422), stream()]
    server.pages += [Page(20, (A5,), more="next"), Refusal(410), Page(22, (B6,))]
    async with following(server) as here:
        assert await here.has("synced") == ["+a5", "+b6", "-a22", "synced"]


async def test_who_may_not_watch_is_told_what_is_missing(server: ScriptedServer) -> None:
    server.streams.append(Refusal(403))
    server.pages.append(Refusal(403))
    async with following(server) as here:
        with pytest.raises(Refused, match="Thing can't be watched: told to say 403"):
            await asyncio.wait_for(here.task, 10)


async def test_who_may_see_one_namespace_may_see_that_namespace(server: ScriptedServer) -> None:
    kind = ("v1", "Namespace")
    server.kinds[kind] = server.kinds[KIND]
    server.streams += [Refusal(403), stream(*initial(9, A5))]
    server.pages.append(Refusal(403))
    async with following(server, namespace="mine", kind=kind) as here:
        await here.has("+a5", "synced")
    assert server.asked[-1]["fieldSelector"] == "metadata.name=mine"


async def test_a_server_in_trouble_says_when_to_come_back(server: ScriptedServer) -> None:
    server.streams += [
        Refusal(429, {"Retry-After": "0"}),
        Refusal(500),
        stream(error(500)),
        stream(*initial(9, A5)),
    ]
    async with following(server) as here:
        assert await here.has("+a5", "synced")


async def test_a_line_that_was_cut_in_two_is_no_news(server: ScriptedServer) -> None:
    broken = event("ADDED", {"metadata": {"name": "a"}})
    server.streams += [stream(broken), stream(*initial(9, A5))]
    async with following(server) as here:
        assert await here.has("+a5", "synced")


async def test_a_server_that_was_never_reached_is_not_waited_for_for_ever(server: ScriptedServer) -> None:
    server.streams += [stream(then="cut") for _ in range(10_000)]
    async with following(server) as here:
        with pytest.raises(ClusterUnavailable, match="told to break off"):
            await asyncio.wait_for(here.task, 10)


async def test_credentials_that_are_known_no_more_end_it(server: ScriptedServer) -> None:
    server.streams.append(Refusal(401))
    async with following(server) as here:
        with pytest.raises(ClusterUnavailable, match="log in again"):
            await asyncio.wait_for(here.task, 10)


async def test_a_kind_that_is_not_served_counts_as_empty(server: ScriptedServer) -> None:
    del server.kinds[KIND]
    async with following(server) as here:
        await here.has("synced")
        server.kinds[KIND] = ScriptedServer().kinds[KIND]
        server.streams.append(stream(*initial(9, A5)))
        await here.has("+a5")


async def test_a_kind_that_is_gone_takes_its_objects_along(server: ScriptedServer) -> None:
    server.streams += [
        stream(*initial(9, A5), then="cut"),
        Refusal(404, meanwhile=lambda: server.kinds.pop(KIND)),
    ]
    async with following(server) as here:
        assert await here.has("-a9") == ["+a5", "synced", "-a9"]


async def test_a_group_whose_server_is_down_is_no_empty_group(server: ScriptedServer) -> None:
    kind = ("metrics.dev/v1", "Thing")
    resource = server.kinds[kind] = server.kinds[KIND]

    def fall() -> None:
        del server.kinds[kind]
        server.down = frozenset({"metrics.dev"})

    server.streams += [stream(*initial(9, A5), then="cut"), Refusal(404, meanwhile=fall)]
    async with following(server, kind=kind) as here:
        await here.until(lambda: server.looked_up > 5)
        server.kinds[kind], server.down = resource, frozenset()
        server.streams.append(stream(event("MODIFIED", body("a", 10))))
        assert await here.has("*a10") == ["+a5", "synced", "*a10"]
