"""JSON for programs, with every fix's edits. Within a major `format_version`, keys are added and never removed.

Lines and columns count from 1, columns in characters; ends are exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.spec.diagnostic import Diagnostic, Fix
from trimtab.spec.positions import Span

FORMAT_VERSION = "1.0"


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:
    document = {
        "format_version": FORMAT_VERSION,
        "diagnostics": [_diagnostic(d) for d in diagnostics],
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "notes": [
            {"message": note.message, **(_place(note.span) if note.span else {})} for note in diagnostic.notes
        ],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "applicability": fix.applicability.value,
        "edits": [{**_place(edit.span), "text": edit.text} for edit in fix.edits],
    }
