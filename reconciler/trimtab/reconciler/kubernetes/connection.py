"""One HTTP session a cluster: requests with time limits, repetition and back-off; the lines of a watch.

It knows nothing of objects. Every request may be sent twice when its answer is lost, so callers send only what carries
its own precondition (a name that must be free, a revision, a uid, an apply); `Answer.again` tells them that it happened.
Secrets are in headers and bodies, so neither is ever logged or part of an exception's text.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final

import aiohttp
from yarl import URL

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.access import Access, Credentials
from trimtab.reconciler.kubernetes.budget import Budget
from trimtab.reconciler.kubernetes.connector import Connector
from trimtab.reconciler.kubernetes.exchange import JSON, Answer, Params, Patience, Request
from trimtab.reconciler.kubernetes.trying import Trying, why


class Lost(ClusterUnavailable):
    """The connection broke off, or nothing came for too long: what was asked may have happened."""


class Unexpected(Exception):
    """A watch was answered by something else: see `answer`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


class Connection:
    """Made without a word to the server; use it in one event loop, and close it there."""

    def __init__(self, credentials: Credentials, patience: Patience | None = None) -> None:
        self.patience: Final = patience or Patience()
        self.budget: Final = Budget()
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None
        self._known = False

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        within: float | None = None,
        urgent: bool = False,
        permitted: Callable[[], bool] | None = None,
    ) -> Answer:
        """Sent again while the server is away or has too much to do. Raises `ClusterUnavailable` when patience ends.

        See `Request` for what the arguments mean.
        """
        return await self._until_answered(
            Request(method, path, params, body, content_type, accept, within, urgent, permitted)
        )

    async def stream(
        self, path: str, *, params: Params | None = None, accept: str = JSON, silence: float | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The lines of an answer that goes on, without their ends; it ends when the server ends it.

        Nothing is repeated here. Raises `Unexpected` for another answer than 200, and `Lost` when the connection
        breaks or nothing came for `silence` seconds.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self.patience.connect, sock_read=silence)
        request = Request("GET", path, params, accept=accept)
        try:
            async with self._opened(request, limits) as response:
                rest = b""
                async for chunk in response.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        yield line
                if rest:
                    yield rest
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Lost(f"the watch of {path} broke off ({why(error)})") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _until_answered(self, request: Request) -> Answer:
        trying = Trying(self.patience, self._known, request.within)
        access = await self._credentials.access()
        while True:
            answer = await self._attempt(request, access, trying)
            if answer is not None and answer.status == 401 and not trying.renewed:
                trying.renewed = True
                access = await self._credentials.renew(access)
                continue
            if answer is not None and not trying.is_worth_repeating(answer):
                return answer._replace(again=trying.again, elapsed=trying.elapsed)
            await trying.pause(access)

    async def _attempt(self, request: Request, access: Access, trying: Trying) -> Answer | None:
        """None where no answer came."""
        try:
            if request.urgent:
                return await self._ask(request, access, trying)
            async with self.budget.slot():
                return await self._ask(request, access, trying)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            trying.unreachable(error, access)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            trying.lost(error)
        return None

    async def _ask(self, request: Request, access: Access, trying: Trying) -> Answer:
        patience, started = self.patience, monotonic()
        total = patience.answer if request.within is None else min(patience.answer, request.within)
        limits = aiohttp.ClientTimeout(total=total, sock_connect=patience.connect)
        if request.permitted is not None and not request.permitted():
            raise ClusterUnavailable(
                f"{access.server} was away for too long to go on writing: the lease has run out"
            )
        trying.sendings = 0
        async with self._send(request, access, limits, trying) as response:
            answer = Answer(response.status, response.headers, await response.read())
        self._known = trying.known = True
        trying.again |= trying.sendings > 1
        if answer.status == 429:
            self.budget.refused(started)
        else:
            self.budget.answered(started)
        return answer

    @asynccontextmanager
    async def _opened(
        self, request: Request, limits: aiohttp.ClientTimeout
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        access = await self._credentials.access()
        for last in (False, True):
            async with self._send(request, access, limits) as response:
                if response.status == 200:
                    self._known = True
                    try:
                        yield response
                    finally:
                        _break_off(response)
                    return
                if response.status != 401 or last:
                    raise Unexpected(Answer(response.status, response.headers, await response.read()))
            access = await self._credentials.renew(access)

    def _send(
        self, request: Request, access: Access, limits: aiohttp.ClientTimeout, trying: Trying | None = None
    ) -> Any:
        if self._session is None:
            # The budget limits requests; watches are many and idle, and must not use it up.
            self._session = aiohttp.ClientSession(connector=Connector(), trace_configs=[_counting()])
        headers = [*access.headers, ("Accept", request.accept), ("User-Agent", "trimtab")]
        if request.body is not None:
            headers.append(("Content-Type", request.content_type))
        return self._session.request(
            request.method,
            URL(access.server + request.path, encoded=True),
            params=request.params or None,
            data=request.body,
            headers=headers,
            ssl=True if access.tls is None else access.tls,
            server_hostname=access.server_name,
            proxy=access.proxy,
            timeout=limits,
            allow_redirects=False,
            trace_request_ctx=trying,
        )


def _counting() -> aiohttp.TraceConfig:
    """aiohttp sends an idempotent request again, silently, when a connection that it kept breaks: it may be done twice."""

    async def sent(session: Any, context: Any, params: Any) -> None:
        trying: Trying | None = context.trace_request_ctx
        if trying is not None:
            trying.sendings += 1

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    return trace


def _break_off(response: aiohttp.ClientResponse) -> None:
    """A stream that nobody reads any more: to take leave politely would be to wait for a server that still talks."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
