"""One connection to the engine host: numbered questions and answers, and watches, over JSON lines."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from trimtab.reconciler.cluster import Change, ClusterUnavailable, Event
from trimtab.reconciler.local import wire


class Lost(Exception):
    """The host went away in mid-sentence: what was asked may or may not have happened."""


class Connection:
    """Open one with `Connection.open`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: wire.Message
    ) -> None:
        self.greeting = greeting
        self._writer = writer
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[wire.Message]] = {}
        self._streams: dict[int, asyncio.Queue[wire.Message | None]] = {}
        self.alive = True
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def open(cls, socket: Path, manager: str) -> Connection:
        """Raises `OSError` where nobody answers."""
        reader, writer = await asyncio.open_unix_connection(socket, limit=wire.LINE_LIMIT)
        try:
            greeting = json.loads(await reader.readline() or b"null")
        except ValueError:
            greeting = None
        if not isinstance(greeting, dict):
            writer.close()
            raise ConnectionResetError("the host hung up")
        connection = cls(reader, writer, greeting)
        await connection.ask("hello", {"manager": manager})
        return connection

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def ask(self, verb: str, asked: Mapping[str, Any]) -> Any:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._send({"id": number, "do": verb, **asked})
            answer = await self._answers[number]
        finally:
            self._answers.pop(number, None)
        if answer["is"] == "error":
            raise ClusterUnavailable(answer["value"])
        return wire.decode(answer)

    async def watch(self, asked: Mapping[str, Any]) -> AsyncGenerator[Event, None]:
        """Ends only by `Lost`, or when its user has had enough."""
        number = next(self._numbers)
        queue = self._streams.setdefault(number, asyncio.Queue())
        try:
            self._send({"id": number, "do": "watch", **asked})
            while (message := await queue.get()) is not None:
                yield _event(message)
            raise Lost
        finally:
            del self._streams[number]
            if self.alive:
                self._send({"do": "unwatch", "watch": number})

    def _send(self, message: Mapping[str, Any]) -> None:
        if not self.alive or self._writer.is_closing():
            raise Lost
        self._writer.write(wire.line(message))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while text := await reader.readline():
                self._take(json.loads(text))
        except (ConnectionError, ValueError):
            pass  # a host killed in mid-sentence
        finally:
            self._lose()

    def _take(self, message: wire.Message) -> None:
        number = message["id"]
        if number in self._streams:
            self._streams[number].put_nowait(message)
        elif number in self._answers and not self._answers[number].done():
            self._answers[number].set_result(message)

    def _lose(self) -> None:
        self.alive = False
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost())
        for stream in self._streams.values():
            stream.put_nowait(None)


def _event(message: wire.Message) -> Event:
    if message.get("is") == "error":
        raise ClusterUnavailable(message["value"])
    change = Change(message["event"])
    return Event(change, None if change is Change.SYNCED else wire.decode(message))
