"""Requests survive a server that is away, busy or hangs up; and say so when they may have happened twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from faulty_http import HALF_AN_ANSWER, LOSE_ANSWER, LOSE_REQUEST, FaultyServer, answer, served, slow

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.access import Access
from trimtab.reconciler.kubernetes.connection import Connection, Lost, Unexpected
from trimtab.reconciler.kubernetes.exchange import Patience

IMPATIENT = Patience(connect=1, answer=1, known=2, unknown=0.3, brief=0.5, first=0.01, longest=0.05)


@dataclass
class Tokens:
    """Credentials that hand out one token after the other."""

    server: str
    renewed: int = 0
    trace: list[str] = field(default_factory=list)

    async def access(self) -> Access:
        return Access(self.server, headers=(("Authorization", f"Bearer token-{self.renewed}"),))

    async def renew(self, refused: Access) -> Access:
        self.renewed += 1
        return await self.access()


async def echo(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    return web.json_response({"method": request.method, "body": body.decode()})


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with served(FaultyServer(echo)) as server:
        yield server


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = Connection(Tokens(url), IMPATIENT)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def tokens(server: FaultyServer) -> Tokens:
    return Tokens(server.url)


@pytest.fixture
async def connection(tokens: Tokens) -> AsyncIterator[Connection]:
    connection = Connection(tokens, IMPATIENT)
    yield connection
    await connection.close()


async def test_an_answer_is_what_the_server_said(connection: Connection, server: FaultyServer) -> None:
    told = await connection.request(
        "PATCH", "/x", params={"force": "true"}, body=b"{}", content_type="text/odd"
    )
    assert (told.status, told.json(), told.again) == (200, {"method": "PATCH", "body": "{}"}, False)
    (seen,) = server.seen
    assert seen.path == "/x?force=true"
    assert seen.headers["Content-Type"] == "text/odd"


async def test_what_was_not_answered_is_sent_again_and_says_so(
    connection: Connection, server: FaultyServer
) -> None:
    server.next("POST", "/", LOSE_ANSWER)
    told = await connection.request("POST", "/x", body=b"1")
    assert (told.status, told.again) == (200, True)
    assert [seen.body for seen in server.seen] == [b"1", b"1"]


async def test_half_an_answer_is_none(connection: Connection, server: FaultyServer) -> None:
    server.next("POST", "/", HALF_AN_ANSWER)
    assert (await connection.request("POST", "/x")).again


async def test_a_slow_answer_is_no_answer_after_a_while(connection: Connection, server: FaultyServer) -> None:
    server.next("POST", "/", slow(60))
    assert (await connection.request("POST", "/x")).again


@pytest.mark.parametrize(
    ("status", "again"), [(429, False), (503, False), (502, True), (504, True), (500, False)]
)
async def test_a_busy_server_is_asked_again(
    connection: Connection, server: FaultyServer, status: int, again: bool
) -> None:
    server.next("POST", "/", answer(status, "<html>", kind="text/html"))
    told = await connection.request("POST", "/x")
    assert (told.status, told.again) == (200, again)


async def test_a_server_that_says_when_is_not_asked_before(
    connection: Connection, server: FaultyServer
) -> None:
    server.next("GET", "/", answer(429, retry_after=1))
    told = await connection.request("GET", "/x")
    assert told.status == 200
    assert told.elapsed >= 1


async def test_an_error_of_a_server_that_is_there_comes_back(
    connection: Connection, server: FaultyServer
) -> None:
    server.always("GET", "/", answer(503, "no", kind="text/plain"))
    assert (await connection.request("GET", "/x")).status == 503


async def test_a_failure_that_is_about_the_request_comes_back_at_once(
    connection: Connection, server: FaultyServer
) -> None:
    webhook = {"kind": "Status", "message": 'failed calling webhook "x"', "code": 500}
    server.always("POST", "/", answer(500, webhook))
    assert (await connection.request("POST", "/x")).status == 500
    assert len(server.seen) == 1


async def test_a_store_in_trouble_is_no_failure_of_the_request(
    connection: Connection, server: FaultyServer
) -> None:
    server.next("POST", "/", answer(500, {"kind": "Status", "message": "etcdserver: leader changed"}))
    assert (await connection.request("POST", "/x")).status == 200


async def test_who_is_not_known_tries_once_with_new_credentials(
    connection: Connection, server: FaultyServer, tokens: Tokens
) -> None:
    server.next("GET", "/", answer(401))
    assert (await connection.request("GET", "/x")).status == 200
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer token-0", "Bearer token-1"]
    server.always("GET", "/", answer(401))
    assert (await connection.request("GET", "/x")).status == 401
    assert tokens.renewed == 2


async def test_nobody_waits_long_for_a_server_that_never_answered() -> None:
    async with connected("http://127.0.0.1:9") as connection:
        with pytest.raises(ClusterUnavailable, match=r"has not answered for 0 s \(connection refused\)"):
            await connection.request("GET", "/x")


async def test_a_storm_ends_in_a_sentence(connection: Connection, server: FaultyServer) -> None:
    server.always("GET", "/", answer(429))
    with pytest.raises(ClusterUnavailable, match=r"for 2 s \(it answers 429\)"):
        await connection.request("GET", "/x")


async def test_nothing_is_sent_again_without_the_right_to_write(
    connection: Connection, server: FaultyServer
) -> None:
    server.next("POST", "/", LOSE_REQUEST)
    with pytest.raises(ClusterUnavailable, match="the lease has run out"):
        await connection.request("POST", "/x", permitted=lambda: not server.seen)
    assert len(server.seen) == 1


async def test_a_refused_storm_makes_room_and_ease_brings_it_back(
    connection: Connection, server: FaultyServer
) -> None:
    before = connection.budget.limit
    server.next("GET", "/", *[answer(429) for _ in range(4)])
    await asyncio.gather(*(connection.request("GET", "/x") for _ in range(4)))
    assert connection.budget.limit < before
    low = connection.budget.limit
    for _ in range(20):
        await connection.request("GET", "/x")
    assert connection.budget.limit > low


async def lines(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    """Whole lines, a line in pieces, and one without an end."""
    stream = web.StreamResponse()
    await stream.prepare(request)
    for piece in (b"one\ntwo\nth", b"ree", b"\nfour"):
        await stream.write(piece)
    if request.path == "/silent":
        await asyncio.sleep(60)
    return stream


@pytest.fixture
async def streams() -> AsyncIterator[FaultyServer]:
    async with served(FaultyServer(lines)) as server:
        yield server


async def test_a_stream_is_told_by_lines(streams: FaultyServer) -> None:
    async with connected(streams.url) as connection, aclosing(connection.stream("/watch")) as told:
        assert [line async for line in told] == [b"one", b"two", b"three", b"four"]


async def test_a_silent_stream_is_lost(streams: FaultyServer) -> None:
    async with connected(streams.url) as connection:
        told = connection.stream("/silent", silence=0.1)
        assert [await anext(told) for _ in range(3)] == [b"one", b"two", b"three"]
        with pytest.raises(Lost, match="nothing came in time"):
            await anext(told)


async def test_a_stream_that_is_refused_says_by_what(streams: FaultyServer) -> None:
    streams.always("GET", "/", answer(410, {"kind": "Status", "message": "too old"}))
    async with connected(streams.url) as connection:
        with pytest.raises(Unexpected) as refused:
            await anext(connection.stream("/watch"))
        assert refused.value.answer.status == 410


async def test_a_stream_renews_credentials_once(streams: FaultyServer) -> None:
    streams.next("GET", "/", answer(401))
    async with connected(streams.url) as connection, aclosing(connection.stream("/watch")) as told:
        assert await anext(told) == b"one"
