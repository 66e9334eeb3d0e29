"""From text to `Loaded`: one YAML document, read, checked against the schema, with the position of everything.

Nothing is raised and nothing is opened: what is wrong comes back as diagnostics. References and rules between
sections are not checked here but by `resolve`, once the environment is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.positions import Positions
from trimtab.spec.yaml_reader import Document, read

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec as it was written, `tree` in plain values. `system` is None where a diagnostic is an error."""

    file: str
    text: str
    system: MLSystem | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    tree: Mapping[str, Any] | None = None


def load(text: str, file: str) -> Loaded:
    """Read and validate one spec. `file` is only a name, for the spans."""
    document = read(text, file)
    system, findings = _validate(document)
    diagnostics = ordered((*document.diagnostics, *findings))
    if any(diagnostic.is_error for diagnostic in diagnostics):
        system = None
    return Loaded(file, text, system, document.positions, diagnostics, document.tree)


def _validate(document: Document) -> tuple[MLSystem | None, tuple[Diagnostic, ...]]:
    if document.tree is None:
        return None, ()
    from pydantic import ValidationError
    from trimtab.spec.model import MLSystem

    try:
        return MLSystem.model_validate(document.tree), ()
    except ValidationError as error:
        from trimtab.spec.schema_errors import diagnose

        return None, diagnose(error, document, MLSystem)
