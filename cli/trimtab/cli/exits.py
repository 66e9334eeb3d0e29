"""What a command's exit code says, the same for every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Scripts and hooks may rely on these."""

    OK = 0
    """Done, and nothing to complain about."""

    FINDINGS = 1
    """The command worked; what it looked at is not right: findings, a system that is not as its spec says,
    or, where asked for with `--exit-code` or `--check`, a difference."""

    FAILED = 2
    """The command could not do its work: wrong usage, a file that can't be read, a missing extra."""

    UNREACHABLE = 3
    """The engine could not be reached, or somebody else holds the system."""

    INTERRUPTED = 130
    """Ctrl-C, as shells have it."""
