"""What the model allows at a place of the spec: which keys, and which model stands there.

It is asked only once something is wrong, so it may be slow.
"""

from __future__ import annotations

from functools import reduce

from pydantic.fields import FieldInfo

from trimtab.spec.model.anatomy import child, fields_of, model_of
from trimtab.spec.model.base import Model
from trimtab.spec.positions import SpecPath


def model_at(root: type[Model], path: SpecPath) -> type[Model] | None:
    """The model of the mapping at `path`; None where names are free (`params`, `labels`) or nothing is known."""
    return model_of(reduce(child, path, root))


def keys_of(model: type[Model]) -> tuple[str, ...]:
    """The keys a mapping of this model may hold."""
    return tuple(fields_of(model))


def field_at(root: type[Model], path: SpecPath) -> FieldInfo | None:
    """What is known of the key at `path`."""
    model = model_at(root, path[:-1]) if path else None
    return fields_of(model).get(str(path[-1])) if model else None


def may_be_left_out(root: type[Model], path: SpecPath) -> bool:
    """Whether the key at `path` has a default."""
    field = field_at(root, path)
    return field is not None and not field.is_required()
