"""Holds a plain tree against the language: a typed system, or what is wrong with it.

Two judges that agree: the pydantic model, which explains what it refuses, and `shape.build`, which does not but is
there in a tenth of the time. Whoever only wants to know what is wrong asks for the light one; it hands over to the
model as soon as something is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Positions, Span, SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem

Judgement = tuple["MLSystem | None", tuple[Diagnostic, ...]]
_NOTHING: Mapping[SpecPath, Span] = MappingProxyType({})


def validate(
    tree: Mapping[str, Any],
    positions: Positions,
    text: str,
    anchored: Mapping[SpecPath, Span] = _NOTHING,
    rejected: frozenset[SpecPath] = frozenset(),
    *,
    light: bool = False,
) -> Judgement:
    """`positions` are those of `tree`, of which `text` is the source; for the rest see `yaml_reader.Document`."""
    if light:
        from trimtab.spec.shape.build import build

        if (system := build(tree)) is not None:
            return system, ()
    return _explained(tree, positions, text, anchored, rejected)


def _explained(
    tree: Mapping[str, Any],
    positions: Positions,
    text: str,
    anchored: Mapping[SpecPath, Span],
    rejected: frozenset[SpecPath],
) -> Judgement:
    from pydantic import ValidationError

    from trimtab.spec.model import MLSystem

    try:
        return MLSystem.model_validate(tree), ()
    except ValidationError as error:
        from trimtab.spec.schema_errors import Source, diagnose

        return None, diagnose(error, tree, positions, MLSystem, Source(text, anchored, rejected))
