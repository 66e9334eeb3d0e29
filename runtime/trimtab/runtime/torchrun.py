"""What a worker of torchrun must see to itself, before torch is imported."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys

_PR_SET_PDEATHSIG = 1


def settle_in() -> None:
    """Does nothing for a process that torchrun did not start."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return
    _die_with_parent()
    if os.environ.get("MASTER_ADDR") in ("127.0.0.1", "localhost", "::1"):
        _stay_on_loopback()


def _die_with_parent() -> None:
    """torchrun starts its workers in sessions of their own: if it is killed, they would train on, unsupervised."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _stay_on_loopback() -> None:
    """gloo would listen where the machine's name points to: nowhere on many a laptop, a firewall on others."""
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "")
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
