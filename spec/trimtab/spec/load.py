"""From text to `Loaded`: one document, read and checked against the schema, with the position of everything.

Nothing is raised and nothing is opened: what is wrong comes back as diagnostics. References and rules between
sections are not checked here but by `resolve`, once the environment is known.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.migrations.versions import outdated
from trimtab.spec.positions import Positions
from trimtab.spec.validation import PLATFORM, SYSTEM, Judgement, validate
from trimtab.spec.yaml_reader import Document, read

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem
    from trimtab.spec.model.platform import MLPlatform


class Loaded(NamedTuple):
    """A spec as it was written. `system` is None where a diagnostic is an error, or the spec is a platform's.

    `document` is what it was made from: its tree is what an overlay is laid over. With `light`, `system` is an object
    with the model's attributes and nothing else of it, and `made` is what `validation` remembers of it.
    """

    file: str
    text: str
    system: MLSystem | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    document: Document
    platform: MLPlatform | None
    light: bool
    made: dict[Any, Any]

    @property
    def platform_path(self) -> str | None:
        """The platform's file beside the spec's, as the spec names it; known where the spec has errors, too."""
        spec = (self.document.tree or {}).get("spec")
        named = spec.get("platform") if isinstance(spec, Mapping) and self.platform is None else None
        if not isinstance(named, str) or not named:
            return None
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.file), named))


def load(text: str, file: str, *, light: bool = True) -> Loaded:
    """Read and validate one spec. `file` is only a name, for the spans.

    Without `light`, `system` is pydantic's own: the same values, several times later, and nothing to compile.
    """
    document = read(text, file, quick=light)
    kind = PLATFORM if (document.tree or {}).get("kind") == PLATFORM else SYSTEM
    made: dict[Any, Any] = {}
    found, findings = _validate(document, text, kind, light, made)
    diagnostics = _without_echoes((*document.diagnostics, *findings))
    if any(diagnostic.is_error for diagnostic in diagnostics):
        found = None
    system, platform = (found, None) if kind == SYSTEM else (None, found)
    return Loaded(file, text, system, document.positions, diagnostics, document, platform, light, made)


def _validate(document: Document, text: str, kind: str, light: bool, made: dict[Any, Any]) -> Judgement:
    if document.tree is None:
        return None, ()
    if older := outdated(document):
        return None, (older,)
    return validate(
        document.tree,
        document.positions,
        text,
        document.anchored,
        document.rejected,
        kind=kind,
        light=light and not document.rejected,
        made=made,
    )


def _without_echoes(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """In order, without the warnings about a value that has an error anyway."""
    errors = {d.span for d in diagnostics if d.is_error}
    return ordered(d for d in diagnostics if d.is_error or d.span not in errors)
