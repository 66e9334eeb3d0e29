"""Running a small program of our own with as little Python around it as can be: no site, no user's settings."""

from __future__ import annotations

import os
import sys

_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


def command(program: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-X", "utf8", program, *arguments)


def environment() -> dict[str, str]:
    """Nothing but where some interpreters find their own library."""
    return {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
