"""One connection: a backend is found for it, then bytes are carried both ways until both directions have ended.

Each direction holds one chunk at most, so a slow reader slows its writer and nothing piles up here.
"""

from __future__ import annotations

import errno
import socket
import struct
from selectors import EVENT_READ, EVENT_WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .backends import Address

    Watch = Callable[[socket.socket, int, "Connection"], None]
    """Ask to be told of events on a socket; of none, if 0."""

CHUNK = 256 * 1024
UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EINTR})
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER without lingering: closing then tells the peer that the connection broke."""

_room = bytearray(CHUNK)  # one for all: a program of one thread reads one chunk at a time


class Flow:
    """One direction. `pending` is what was read and could not be written yet."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source = source
        self.sink = sink
        self.pending = memoryview(b"")
        self.read_all = False
        self.over = False

    def carry(self) -> None:
        """Carry one chunk as far as it goes. Raises OSError where either side broke."""
        if not self.pending and not self.read_all:
            self._read()
        self._write()
        if self.read_all and not self.pending and not self.over:
            self.over = True
            self.sink.shutdown(socket.SHUT_WR)

    def _read(self) -> None:
        try:
            size = self.source.recv_into(_room)
        except BlockingIOError:
            return
        self.read_all = size == 0
        self.pending = memoryview(_room)[:size]

    def _write(self) -> None:
        try:
            while self.pending:
                self.pending = self.pending[self.sink.send(self.pending) :]
        except BlockingIOError:
            if self.pending.obj is _room:
                self.pending = memoryview(bytes(self.pending))


class Connection:
    """`reached` says that a backend took it, `closed` that it is over."""

    def __init__(self, client: socket.socket, watch: Watch, deadline: float) -> None:
        self.deadline = deadline
        self.reached = False
        self.closed = False
        self._client = _prepared(client)
        self._watch = watch
        self._backend: socket.socket | None = None
        self._candidates: list[Address] = []
        self._flows: tuple[Flow, ...] = ()

    @property
    def seeking(self) -> bool:
        """No backend has refused it last, and none is being asked."""
        return self._backend is None

    def seek(self, candidates: list[Address]) -> None:
        """Ask them one after another, until one takes it."""
        self._candidates = candidates
        while self._backend is None and self._candidates:
            host, port = self._candidates.pop(0)
            try:
                backend = _prepared(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
            except OSError:
                return  # no file descriptor is free: to be asked again in a moment
            if backend.connect_ex((host, port)) in UNDER_WAY:
                self._backend = backend
                self._watch(backend, EVENT_WRITE, self)
            else:
                backend.close()

    def handle(self, happened_on: socket.socket, events: int) -> None:
        if self.closed or self._backend is None:
            return
        if not self.reached:
            self._hear_answer(self._backend)
            return
        try:
            for flow in self._flows:
                if (events & EVENT_READ and flow.source is happened_on) or (
                    events & EVENT_WRITE and flow.sink is happened_on
                ):
                    flow.carry()
        except OSError:
            self.break_off()
            return
        if all(flow.over for flow in self._flows):
            self._close()
        else:
            self._watch_flows()

    def break_off(self) -> None:
        """Let both sides know that it ended early: as an orderly end, it could pass for the whole of an answer."""
        for side in self._sides():
            side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._close()

    def _hear_answer(self, backend: socket.socket) -> None:
        if backend.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._watch(backend, 0, self)
            backend.close()
            self._backend = None
            self.seek(self._candidates)
            return
        self.reached = True
        self._flows = (Flow(self._client, backend), Flow(backend, self._client))
        self._watch_flows()

    def _watch_flows(self) -> None:
        there, back = self._flows
        self._watch(self._client, _events(there, back), self)
        self._watch(back.source, _events(back, there), self)

    def _sides(self) -> list[socket.socket]:
        return [self._client] if self._backend is None else [self._client, self._backend]

    def _close(self) -> None:
        self.closed = True
        for side in self._sides():
            self._watch(side, 0, self)
            side.close()


def _events(out: Flow, into: Flow) -> int:
    """What to wait for on the socket that is the source of one flow and the sink of the other."""
    reads = EVENT_READ if not out.read_all and not out.pending else 0
    return reads | (EVENT_WRITE if into.pending else 0)


def _prepared(side: socket.socket) -> socket.socket:
    side.setblocking(False)
    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return side
