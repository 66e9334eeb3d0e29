"""All connections of one address: taken, matched with backends, and let go."""

from __future__ import annotations

import selectors
import socket
import time

from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .backends import Backends

PATIENCE = 10.0
"""Seconds that a client waits for a backend: as long as a small server takes to be started anew."""

AGAIN = 0.05
"""Seconds between looks for a backend while a client waits for one."""

TAKEN_AT_ONCE = 64
"""Connections taken before those that are there are served again."""


class Forwarder:
    def __init__(self, listener: socket.socket, backends: Backends) -> None:
        self._listener = listener
        self._backends = backends
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._connections: set[Connection] = set()
        self._unreached: set[Connection] = set()
        self._open = True

    def run(self) -> None:
        """Until it was stopped and the last connection is over."""
        while self._open or self._connections:
            for key, events in self._selector.select(AGAIN if self._unreached else None):
                if key.data is None:
                    self._take()
                else:
                    key.data.handle(key.fileobj, events)
                    self._forget_if_closed(key.data)
            if self._unreached:
                self._seek()

    def stop(self) -> None:
        """Take no more. May come at any moment, from a signal."""
        if self._open:
            self._open = False
            self._selector.unregister(self._listener)
            self._listener.close()
        if not self._connections:
            raise SystemExit(0)

    def _take(self) -> None:
        for _ in range(TAKEN_AT_ONCE):
            try:
                client, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no file descriptor is free: whoever waits stays in the kernel's queue
                time.sleep(0.01)
                return
            connection = Connection(client, self._watch, time.monotonic() + PATIENCE)
            self._connections.add(connection)
            self._unreached.add(connection)
            connection.seek(self._backends.in_turn())

    def _seek(self) -> None:
        now = time.monotonic()
        for connection in tuple(self._unreached):
            if connection.reached or connection.closed:
                self._unreached.discard(connection)
            elif now > connection.deadline:
                connection.break_off()
                self._forget_if_closed(connection)
            elif connection.seeking:
                connection.seek(self._backends.in_turn())

    def _forget_if_closed(self, connection: Connection) -> None:
        if connection.closed:
            self._connections.discard(connection)
            self._unreached.discard(connection)

    def _watch(self, side: socket.socket, events: int, connection: Connection) -> None:
        watched = self._selector.get_map().get(side)
        if watched is None:
            if events:
                self._selector.register(side, events, connection)
        elif not events:
            self._selector.unregister(side)
        elif watched.events != events:
            self._selector.modify(side, events, connection)
