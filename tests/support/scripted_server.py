"""A fake API server for what a real one won't do on request: each answer to a list or a watch is scripted.

It stands where a `Connection` and a `Discovery` stand. A watch whose script has run out stays open and silent; a test
that asks for more than was scripted fails.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.reconciler.kubernetes.connection import Lost, Unexpected
from trimtab.reconciler.kubernetes.discovery import Resource
from trimtab.reconciler.kubernetes.exchange import Answer, Patience

Line = dict[str, Any]
THING = Resource("v1", "Thing", "things", True, frozenset({"list", "watch"}))


def event(kind: str, content: Mapping[str, Any]) -> Line:
    return {"type": kind, "object": content}


def bookmark(revision: int, *, ends_list: bool = False) -> Line:
    annotations = {"k8s.io/initial-events-end": "true"} if ends_list else {}
    return event("BOOKMARK", {"metadata": {"resourceVersion": str(revision), "annotations": annotations}})


def error(code: int) -> Line:
    return event("ERROR", {"kind": "Status", "code": code, "message": f"told to say {code}"})


@dataclass(frozen=True)
class Refusal:
    """An answer that is no stream, or no list. `meanwhile` happens before it is given."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Stream:
    """`then`: how it goes on after its lines: `silence`, `end`, or `cut`."""

    lines: tuple[Line, ...]
    then: str = "silence"


def stream(*lines: Line, then: str = "silence") -> Stream:
    return Stream(lines, then)


@dataclass(frozen=True)
class Page:
    revision: int
    items: tuple[Any, ...]
    more: str = ""


@dataclass
class ScriptedServer:
    streams: deque[Stream | Refusal] = field(default_factory=deque)
    pages: deque[Page | Refusal] = field(default_factory=deque)
    kinds: dict[tuple[str, str], Resource] = field(default_factory=lambda: {("v1", "Thing"): THING})
    down: frozenset[str] = frozenset()
    asked: list[dict[str, str]] = field(default_factory=list)
    """The parameters of every list and watch, in order."""
    patience: Patience = field(default_factory=lambda: Patience(known=0.5))
    looked_up: int = 0

    async def stream(
        self, path: str, *, params: Mapping[str, str] | None = None, **more: Any
    ) -> AsyncGenerator[bytes, None]:
        self._note(params)
        script = self.streams.popleft() if self.streams else Stream(())
        if isinstance(script, Refusal):
            script.meanwhile()
            raise Unexpected(_refused(script))
        for line in script.lines:
            yield json.dumps(line).encode()
        if script.then == "cut":
            raise Lost("told to break off")
        if script.then == "silence":
            await asyncio.Event().wait()

    async def request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        self._note(params)
        page = self.pages.popleft()
        if isinstance(page, Refusal):
            return _refused(page)
        metadata = {"resourceVersion": str(page.revision), "continue": page.more}
        return Answer(200, {}, json.dumps({"metadata": metadata, "items": page.items}).encode())

    async def resource(self, api_version: str, kind: str) -> Resource | None:
        self.looked_up += 1
        return self.kinds.get((api_version, kind))

    def forget(self) -> None:
        self.asked.append({"discovery": "forgotten"})

    def _note(self, params: Mapping[str, str] | None) -> None:
        self.asked.append(dict(params or {}))


def _refused(refusal: Refusal) -> Answer:
    status = {"kind": "Status", "code": refusal.status, "message": f"told to say {refusal.status}"}
    return Answer(refusal.status, refusal.headers, json.dumps(status).encode())
