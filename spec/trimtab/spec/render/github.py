"""Workflow commands of GitHub Actions: each finding becomes an annotation on the line of the pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trimtab.spec.diagnostic import Diagnostic, Severity
from trimtab.spec.render.terminal import inert

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    properties: dict[str, object] = {"file": span.file, "line": span.line, "col": span.column}
    if span.end_line == span.line and span.end_column > span.column:
        properties |= {"endLine": span.end_line, "endColumn": span.end_column}
    properties["title"] = f"Trimtab {diagnostic.code}"
    written = ",".join(f"{name}={_property(inert(str(value)))}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    help_ = (f"help: {diagnostic.fix.title}",) if diagnostic.fix else ()
    notes = (f"note: {note.message}{f' ({note.span})' if note.span else ''}" for note in diagnostic.notes)
    return "\n".join(inert(line) for line in (diagnostic.message, *notes, *help_))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
