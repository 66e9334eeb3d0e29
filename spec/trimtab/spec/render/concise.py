"""One line a finding: `file:line:column: error[TT203] message`. Editors and grep understand it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.render.terminal import inert, paint, severity_style


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], *, color: bool = False) -> str:
    return "".join(f"{_line(diagnostic, color)}\n" for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic, color: bool) -> str:
    head = paint(
        f"{diagnostic.severity.value}[{diagnostic.code}]", severity_style(diagnostic.severity), color
    )
    return f"{inert(str(diagnostic.span))}: {head} {inert(diagnostic.message)}"
