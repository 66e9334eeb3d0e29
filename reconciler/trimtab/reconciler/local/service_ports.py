"""Ports on this machine: the same name gets the same port where it is free, so that an address outlives its state."""

from __future__ import annotations

from collections.abc import Container


class NoPort(Exception):
    """Every port of the range is taken. The text is one sentence for people."""


def choose(name: str, taken: Container[int] = ()) -> int:
    """A port of 127.0.0.1 that nobody listens on and that is not in `taken`. Deterministic for a name where it can be.

    The range (20000-29999) lies below the ports that Linux and macOS give to outgoing connections, so a port stays
    free between being chosen and being listened on.
    """
    raise NotImplementedError
