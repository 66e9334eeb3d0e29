"""From text to `Loaded`: one document, read and checked against the schema, with the position of everything.

Nothing is raised and nothing is opened: what is wrong comes back as diagnostics. References and rules between
sections are not checked here but by `resolve`, once the environment is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.positions import Positions
from trimtab.spec.validation import Judgement, validate
from trimtab.spec.yaml_reader import Document, read

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec as it was written. `system` is None where a diagnostic is an error.

    `document` is what it was made from: its tree is what an overlay is laid over. With `light`, `system` is a stand-in
    with the same attributes, enough for `resolve` and its rules.
    """

    file: str
    text: str
    system: MLSystem | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    document: Document
    light: bool = False


def load(text: str, file: str, *, light: bool = False) -> Loaded:
    """Read and validate one spec. `file` is only a name, for the spans.

    `light` is for those who want the diagnostics alone: the same ones, several times sooner.
    """
    document = read(text, file)
    system, findings = _validate(document, text, light)
    diagnostics = _without_echoes((*document.diagnostics, *findings))
    if any(diagnostic.is_error for diagnostic in diagnostics):
        system = None
    return Loaded(file, text, system, document.positions, diagnostics, document, light)


def _validate(document: Document, text: str, light: bool) -> Judgement:
    if document.tree is None:
        return None, ()
    light = light and not document.rejected
    return validate(
        document.tree, document.positions, text, document.anchored, document.rejected, light=light
    )


def _without_echoes(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """In order, without the warnings about a value that has an error anyway."""
    errors = {d.span for d in diagnostics if d.is_error}
    return ordered(d for d in diagnostics if d.is_error or d.span not in errors)
