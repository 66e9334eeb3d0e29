"""The forwarder's beginning: take the port, or say in one sentence why it can't be had."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys

if __name__ == "__main__":  # run as a file, away from our package: PEP 366 lets its siblings be found
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    __package__ = "proxy"

from .backends import Backends
from .forwarder import Forwarder

HOST = "127.0.0.1"
BACKLOG = 1024


def main(port: str, backends: str) -> int:
    try:
        listener = _listen(int(port))
    except OSError as error:
        print(f"{HOST}:{port} can't be listened on: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return 1
    _allow_many_files()
    forwarder = Forwarder(listener, Backends(backends))
    signal.signal(signal.SIGTERM, lambda *_: forwarder.stop())
    forwarder.run()
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _allow_many_files() -> None:
    """Each connection takes two; the usual limit of 1,024 would be reached soon."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))  # macOS says it has no limit, and has one


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
