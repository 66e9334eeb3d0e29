"""Ports on this machine: the same name gets the same port where it is free, so that an address outlives its state."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Container

RANGE = range(20000, 30000)


class NoPort(Exception):
    """Every port of the range is taken. The text is one sentence for people."""


def choose(name: str, taken: Container[int] = ()) -> int:
    """A port of 127.0.0.1 that nobody listens on and that is not in `taken`. Deterministic for a name where it can be.

    The range (20000-29999) lies below the ports that Linux and macOS give to outgoing connections, so a port stays
    free between being chosen and being listened on.
    """
    start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % len(RANGE)
    for step in range(len(RANGE)):
        port = RANGE[(start + step) % len(RANGE)]
        if port not in taken and _is_free(port):
            return port
    raise NoPort(
        f"every port from {RANGE.start} to {RANGE.stop - 1} is taken: end a program that listens there"
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
