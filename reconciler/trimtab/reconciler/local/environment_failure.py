"""Why an environment could not be made: the installers' pages of output as one sentence with the next step."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NEXT = (
    (
        r"No space left on device|os error 28|Errno 28|Disk quota exceeded",
        "the disk is full: make room and run the command again",
    ),
    (
        r"[Hh]ash mismatch|DO NOT MATCH THE HASHES",
        "a downloaded file is not the one that the lock names: find out why it changed, or write the lock anew",
    ),
    (
        r"error sending request|Connection refused|[Dd]ns error|name resolution|Network connectivity is disabled"
        r"|NewConnectionError|Max retries exceeded|[Tt]imed? ?out|[Cc]ertificate|Network is unreachable",
        "packages could not be downloaded: check the network, and the index that uv and pip are configured with",
    ),
    (
        r"there is no version of|not found in the package registry|No matching distribution found|no wheels with a matching",
        "a package of the lock can't be had for this Python on this machine: write the lock anew for it",
    ),
)

_ERROR = re.compile(r"^\s*error:\s*", re.IGNORECASE)
_CAUSE = re.compile(r"^\s*cause:\s*", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")
LONGEST = 300


class EnvironmentFailed(Exception):
    """The environment could not be made. The text is one sentence for people, with the next step."""


def failure(output: Sequence[str]) -> EnvironmentFailed:
    """From what an installer said last."""
    text, said = "\n".join(output), _gist(output)
    for pattern, sentence in _NEXT:
        if re.search(pattern, text):
            return EnvironmentFailed(f"{sentence} ({said})")
    return EnvironmentFailed(f"the environment could not be made: {said}")


def without_passwords(line: str) -> str:
    """Addresses of private indexes carry them."""
    return _PASSWORD.sub("…", line)


def _gist(output: Sequence[str]) -> str:
    """The first error and its first cause, else the last line."""
    errors = [line for line in output if _ERROR.match(line)][:1]
    causes = [line for line in output if _CAUSE.match(line)][:1]
    said = [_CAUSE.sub("", _ERROR.sub("", line)).strip() for line in [*errors, *causes]]
    return (
        ": ".join(said)
        or next((line.strip() for line in reversed(output) if line.strip()), "it said nothing")
    )[:LONGEST]
