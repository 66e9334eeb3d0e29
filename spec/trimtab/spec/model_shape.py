"""What the model allows at a place of the spec: which keys, and which models lie below them.

Works on any pydantic model, by its annotations; it is asked only once something is wrong, so it may be slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from trimtab.spec.positions import SpecPath

Model = type[BaseModel]


def keys_of(model: Model) -> dict[str, Any]:
    """The keys a mapping of this model may hold, with the annotation of each."""
    return {f.alias or name: f.annotation for name, f in model.model_fields.items()}


def model_at(root: Model, path: SpecPath) -> Model | None:
    """The model of the mapping at `path`; None where names are free (`params`, `labels`) or nothing is known."""
    found: Any = root
    for part in path:
        found = _below(found, part)
    return next(_models(found), None)


def may_be_left_out(root: Model, path: SpecPath) -> bool:
    """Whether the key at `path` has a default."""
    model = model_at(root, path[:-1])
    fields = model.model_fields.items() if model else ()
    return any((f.alias or name) == path[-1] and not f.is_required() for name, f in fields)


def _below(annotation: Any, part: str | int) -> Any:
    for model in _models(annotation):
        return keys_of(model).get(str(part))
    for kind in _flattened(annotation):
        origin, arguments = get_origin(kind), get_args(kind)
        if isinstance(part, str) and isinstance(origin, type) and issubclass(origin, Mapping):
            return arguments[1]
        if isinstance(part, int) and isinstance(origin, type) and issubclass(origin, Sequence):
            return arguments[0]
    return None


def _models(annotation: Any) -> Iterator[Model]:
    return (k for k in _flattened(annotation) if isinstance(k, type) and issubclass(k, BaseModel))


def _flattened(annotation: Any) -> Iterator[Any]:
    """The annotation itself, or what its `Annotated`, `Optional` and unions hold."""
    origin = get_origin(annotation)
    if origin is None or (isinstance(origin, type) and issubclass(origin, (Mapping, Sequence))):
        yield annotation
        return
    arguments = get_args(annotation)
    for argument in arguments[:1] if hasattr(annotation, "__metadata__") else arguments:
        yield from _flattened(argument)
