"""Findings about specs, printed: the data of `check`, and what every other command says when a spec is not right."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from trimtab.cli.terminal import wants_color
from trimtab.spec.diagnostic import Applicability, Diagnostic, Severity
from trimtab.spec.positions import Span
from trimtab.spec.render import render


def tell_findings(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> None:
    """On standard error, for a command whose data are something else."""
    sys.stderr.write(render("full", diagnostics, texts, color=wants_color(sys.stderr)))


def snippet(text: str, span: Span) -> str:
    """The line of `span` with its neighbours and a caret, as a finding shows it."""
    shown = render("full", [Diagnostic("", "", span)], {span.file: text}, color=wants_color(sys.stdout))
    return shown.partition("\n")[2].rstrip("\n")


def summary(diagnostics: Iterable[Diagnostic], files: int) -> str:
    """`2 errors and 1 warning in 3 files; 1 can be mended with --fix`."""
    found = list(diagnostics)
    counts = [(sum(d.severity is s for d in found), s.value) for s in (Severity.ERROR, Severity.WARNING)]
    told = " and ".join(plural(number, noun) for number, noun in counts if number) or "no findings"
    fixable = sum(is_safe(d) for d in found)
    mend = f"; {fixable} can be mended with --fix" if fixable else ""
    return f"{told} in {plural(files, 'file')}{mend}"


def is_safe(diagnostic: Diagnostic) -> bool:
    fix = diagnostic.fix
    return fix is not None and bool(fix.edits) and fix.applicability is Applicability.SAFE


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
