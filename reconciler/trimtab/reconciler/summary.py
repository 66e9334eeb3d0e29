"""The columns of `kubectl get`: what a status says, in a word or two. JSONPath can neither join nor shorten.

Read by people alone; nothing here is ever read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

COMMIT_LENGTH, DIRTY = 10, "-dirty"
WIDEST = 60
"""Characters of a cell; a table with wider ones is no table."""


class Judged(Protocol):
    """A verdict, as far as a cell tells of it; `at` is RFC 3339."""

    @property
    def accepted(self) -> bool: ...
    @property
    def at(self) -> str: ...


def metrics(found: Mapping[str, float | None]) -> str:
    """`accuracy=0.9812 loss=0.04127`, in the order of their names."""
    return _cell(
        f"{name}={'?' if value is None else f'{value:.4g}'}" for name, value in sorted(found.items())
    )


def verdict(verdicts: Sequence[Judged]) -> str:
    """That of the rules which were asked last."""
    newest = [v for v in verdicts if v.at == verdicts[-1].at]
    if not newest:
        return ""
    return "accepted" if all(v.accepted for v in newest) else "rejected"


def serving(runs: Mapping[str, str]) -> str:
    """`scorer=classifier-2f8a91bc0d`: each endpoint, and the run whose model it serves."""
    return _cell(f"{name}={run}" for name, run in sorted(runs.items()))


def commit(full: str) -> str:
    """With the mark of a folder that had changed since."""
    return full[:COMMIT_LENGTH] + (DIRTY if full.endswith(DIRTY) else "")


def _cell(parts: Iterable[str]) -> str:
    text = " ".join(parts)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
