"""Holds a plain tree against the language: a typed system or platform, or what is wrong with it.

Two judges that agree: the pydantic model, which explains what it refuses, and `shape.build`, which does not but is
there in a tenth of the time. The light one is asked first, and hands over to the model as soon as something is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Positions, Span, SpecPath

if TYPE_CHECKING:
    from trimtab.spec.schema_errors import Source

SYSTEM, PLATFORM = "MLSystem", "MLPlatform"
Judgement = tuple[Any, tuple[Diagnostic, ...]]
"""An `MLSystem` or `MLPlatform`, or None with the reasons why not."""
_NOTHING: Mapping[SpecPath, Span] = MappingProxyType({})


def validate(
    tree: Mapping[str, Any],
    positions: Positions,
    text: str,
    anchored: Mapping[SpecPath, Span] = _NOTHING,
    rejected: frozenset[SpecPath] = frozenset(),
    *,
    kind: str = SYSTEM,
    light: bool = False,
    made: dict[Any, Any] | None = None,
) -> Judgement:
    """`positions` are those of `tree`, of which `text` is the source; for the rest see `yaml_reader.Document`.

    `made` belongs to the light judge (`shape.build`): with the same one, what several trees share is judged once.
    """
    if light:
        from trimtab.spec.shape.build import build

        if (found := build(tree, kind, made)) is not None:
            return found, ()
    from trimtab.spec.schema_errors import Source

    return _explained(kind, tree, positions, Source(text, anchored, rejected))


def _explained(kind: str, tree: Mapping[str, Any], positions: Positions, source: Source) -> Judgement:
    from pydantic import ValidationError

    from trimtab.spec.model.platform import MLPlatform
    from trimtab.spec.model.system import MLSystem

    model = MLPlatform if kind == PLATFORM else MLSystem
    try:
        return model.model_validate(tree), ()
    except ValidationError as error:
        from trimtab.spec.schema_errors import diagnose

        return None, diagnose(error, tree, positions, model, source)
