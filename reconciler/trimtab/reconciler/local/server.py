"""The engine's door for clients: JSON lines over a Unix socket, one session a connection.

Requests are answered in order, each by one verb of the engine. A watch lists, says SYNCED, then tells each change in the
same step in which it was committed. Nothing here decides anything.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import cluster
from trimtab.reconciler.cluster import ClusterInfo, ClusterUnavailable
from trimtab.reconciler.local import wire
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.kinds import KINDS, UNENFORCED
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.observing import logs_of, observe
from trimtab.reconciler.local.store import Change
from trimtab.reconciler.local.watches import Interest

log = logging.getLogger(__name__)

UNSENT_LIMIT = 256 * 1024 * 1024
"""A client that reads nothing is let go before it fills our memory."""


class Server:
    """`greeting` is what a client hears first; `stop` ends the host, and what runs here with it if asked to."""

    def __init__(
        self, engine: Engine, greeting: Mapping[str, Any], stop: Callable[[bool], Awaitable[None]]
    ) -> None:
        self.engine = engine
        self.greeting = greeting
        self.stop = stop
        self._sessions: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> int:
        return len(self._sessions)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._sessions.add(task)
        session = _Session(self, writer)
        try:
            await session.run(reader)
        except (ConnectionError, asyncio.CancelledError, ValueError):
            pass  # a client that goes, or talks nonsense, is no event
        finally:
            session.end()
            self._sessions.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in tuple(self._sessions):
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)


class _Session:
    def __init__(self, server: Server, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._engine = server.engine
        self._writer = writer
        self._manager = cluster.FIELD_MANAGER
        self._watches: dict[int, Callable[[], None]] = {}

    async def run(self, reader: asyncio.StreamReader) -> None:
        self._send(self._server.greeting)
        while text := await reader.readline():
            message = json.loads(text)
            await self._answer(message.pop("id", 0), message.pop("do", ""), message)
            await self._writer.drain()

    def end(self) -> None:
        for stop in self._watches.values():
            stop()
        self._watches.clear()

    async def _answer(self, number: int, verb: str, message: wire.Message) -> None:
        try:
            match verb:
                case "watch":
                    self._watch(number, message)
                    return
                case "unwatch":
                    self._watches.pop(message["watch"], lambda: None)()
                case "stop":
                    await self._server.stop(message["workloads"])
            answer = wire.encode(self._seen(self._do(verb, message)))
        except ClusterUnavailable as error:
            answer = {"is": "error", "value": str(error)}
        except Exception as error:
            log.exception("a request failed: %s", verb)
            answer = {
                "is": "error",
                "value": f"the engine could not do this ({error!r}): its log is host.log",
            }
        self._send({"id": number, **answer})

    def _do(self, verb: str, message: wire.Message) -> Any:
        """The answer of a verb; what is `Stored` is shown to the client as observed."""
        match verb:
            case "hello":
                self._manager = message["manager"]
                return None
            case "noted":
                self._server.greeting = {**self._server.greeting, "notes": ()}
                return None
            case "create":
                return self._engine.create(message["body"], self._manager, message["uid"])
            case "apply":
                how = {name: message[name] for name in ("force", "dry_run", "uid")}
                return self._engine.apply(message["body"], self._manager, **how)
            case "apply_new":
                return self._engine.apply_new(message["body"], self._manager, dry_run=message["dry_run"])
            case "replace":
                body, revision, again = message["body"], message["revision"], message["again"]
                return self._engine.replace(body, self._manager, revision=revision, again=again)
            case "set_status":
                ref, revision, again = Ref(*message["ref"]), message["revision"], message["again"]
                return self._engine.set_status(ref, message["status"], revision=revision, again=again)
            case "delete":
                ref, uid, revision = Ref(*message["ref"]), message["uid"], message["revision"]
                return self._engine.delete(ref, uid, revision, again=message["again"])
            case _:
                return self._read(verb, message)

    def _read(self, verb: str, message: wire.Message) -> Any:
        store = self._engine.store
        match verb:
            case "inspect":
                return ClusterInfo(store.uid, "local", tuple(sorted(KINDS)), UNENFORCED)
            case "list":
                found = store.of_kind(message["api_version"], message["kind"], message["namespace"])
                return [stored for stored in found if stored.matches(message["selector"])]
            case "read":
                stored = store.get(Ref(*message["ref"]))
                return None if stored is None else dict(stored.body)
            case "containers":
                return logs_of(self._engine, Ref(*message["ref"]))
            case "events":
                return store.happenings(
                    message["namespace"], Ref(*message["ref"]) if message["ref"] else None
                )
            case "unwatch" | "stop":
                return None
            case _:
                raise ClusterUnavailable(
                    f"the engine host does not know how to {verb!r}: run `trimtab stop` and try again"
                )

    def _seen(self, answer: Any) -> Any:
        if isinstance(answer, Stored):
            return observe(self._engine, answer, self._manager)
        return [self._seen(item) for item in answer] if isinstance(answer, list) else answer

    def _watch(self, number: int, message: wire.Message) -> None:
        kinds = frozenset((api_version, kind) for api_version, kind in message["kinds"])
        interest = Interest(kinds, message["namespace"], message["selector"])

        def tell(change: Change) -> None:
            for event, stored in interest.events(change):
                self._tell(number, event, stored)

        for stored in self._engine.store:
            if interest.covers(stored):
                self._tell(number, cluster.Change.ADDED, stored)
        self._send({"id": number, "event": cluster.Change.SYNCED})
        ends = (
            self._engine.listen(tell),
            self._engine.listen_for_trouble(
                lambda sentence: self._send({"id": number, "is": "error", "value": sentence})
            ),
        )

        def end() -> None:
            for each in ends:
                each()

        self._watches[number] = end

    def _tell(self, number: int, event: cluster.Change, stored: Stored) -> None:
        observed = observe(self._engine, stored, self._manager)
        self._send({"id": number, "event": event, **wire.encode(observed)})

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._writer.transport.get_write_buffer_size() > UNSENT_LIMIT:
            self._writer.transport.abort()
        if not self._writer.is_closing():
            self._writer.write(wire.line(message))
