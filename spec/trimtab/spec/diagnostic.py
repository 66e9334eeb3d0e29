"""What every finding looks like, from a YAML slip to an API server's rejection.

Diagnostics are values: they are collected, sorted and rendered, never raised one at a time. Renderers live
elsewhere; nothing here knows of terminals.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from trimtab.spec.positions import Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Applicability(Enum):
    """How far a fix may be trusted: SAFE keeps the meaning, UNSAFE may change it, DISPLAY_ONLY is a hint."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


class Edit(NamedTuple):
    """Replace the text of `span` by `text`."""

    span: Span
    text: str


class Fix(NamedTuple):
    title: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()


class Note(NamedTuple):
    """A second place, or a sentence of help, that belongs to a diagnostic."""

    message: str
    span: Span | None = None


class Diagnostic(NamedTuple):
    """One finding. `message` must make sense alone: lower case, no final period, what is wrong and what is right."""

    code: str
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    notes: tuple[Note, ...] = ()
    fix: Fix | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, then code: the same findings always print in the same order, each once."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: (d.span, d.code, d.message)))
