"""SARIF 2.1.0, for code scanning. Paths stay as they were given, so give them relative to the repository's root.

A finding's fingerprint is made of its code and the text of its line, not of the line's number: it stays the same
finding when lines are added above it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from trimtab.spec.diagnostic import Applicability, Diagnostic, Fix, Note, Severity
from trimtab.spec.explain import title_of
from trimtab.spec.positions import Span
from trimtab.spec.text_lines import split_lines

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:
    codes = sorted({d.code for d in diagnostics})
    run = {
        "tool": {
            "driver": {
                "name": "Trimtab",
                "informationUri": "https://trimtab.dev",
                "rules": [_rule(c) for c in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": _results(diagnostics, texts, codes),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    return {"id": code, "shortDescription": {"text": title_of(code) or code}}


def _results(
    diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], codes: list[str]
) -> list[dict[str, Any]]:
    lines = {file: split_lines(text) for file, text in texts.items()}
    seen: dict[str, int] = {}
    results = []
    for diagnostic in diagnostics:
        digest = _line_digest(diagnostic, lines)
        seen[digest] = seen.get(digest, 0) + 1
        result = _result(diagnostic, codes.index(diagnostic.code))
        results.append(
            result | {"partialFingerprints": {"primaryLocationLineHash": f"{digest}:{seen[digest]}"}}
        )
    return results


def _line_digest(diagnostic: Diagnostic, lines: Mapping[str, list[str]]) -> str:
    text = lines.get(diagnostic.span.file, [])
    line = text[diagnostic.span.line - 1].strip() if diagnostic.span.line <= len(text) else ""
    return sha256(f"{diagnostic.code}\0{diagnostic.span.file}\0{line}".encode(errors="replace")).hexdigest()[
        :16
    ]


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    plain = [note.message for note in diagnostic.notes if note.span is None]
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": "\n".join([diagnostic.message, *plain])},
        "locations": [{"physicalLocation": _place(diagnostic.span)}],
    }
    related = [_related(note, note.span) for note in diagnostic.notes if note.span]
    if related:
        result["relatedLocations"] = related
    if (
        diagnostic.fix
        and diagnostic.fix.edits
        and diagnostic.fix.applicability is not Applicability.DISPLAY_ONLY
    ):
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _related(note: Note, span: Span) -> dict[str, Any]:
    return {"message": {"text": note.message}, "physicalLocation": _place(span)}


def _place(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span.file), "region": _region(span)}


def _artifact(file: str) -> dict[str, Any]:
    return {"uri": quote(file.replace("\\", "/"), safe="/:")}


def _region(span: Span) -> dict[str, Any]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    by_file: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        by_file.setdefault(edit.span.file, []).append(replacement)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": _artifact(f), "replacements": r} for f, r in by_file.items()
        ],
    }
