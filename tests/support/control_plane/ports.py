"""Ports that nobody listens on now. Another program may take one before it is used; tests live with that.

They lie below those that the system gives to clients: a server that is started again would find its port taken by a
connection, even by one of those who ask whether it is back.
"""

from __future__ import annotations

import random
import socket

SERVERS = range(10_000, 32_000)


def free_ports(number: int) -> list[int]:
    """All different, on the loopback address."""
    candidates = random.sample(SERVERS, len(SERVERS))
    return [port for port, _ in zip(filter(_is_free, candidates), range(number), strict=False)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
