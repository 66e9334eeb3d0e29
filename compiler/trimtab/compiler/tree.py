"""Building manifests so that each field knows the spec line it came from.

`at(value, path)` marks a value, and all below it, as said by `path`; `given_up(owner, path)` marks a field that
somebody else writes. `manifest` flattens such a tree into a plain body and its provenance. A field that is None or an
empty list is left out: an API server drops those, and a manifest that differs from its echo drifts for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from trimtab.compiler.bundle import FieldPath, Manifest, Owner, Ref
from trimtab.spec.positions import SpecPath


class At(NamedTuple):
    """A value, and the place in the spec that asked for it."""

    value: Any
    path: SpecPath


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A field that is not sent, because its owner writes it."""

    owner: Owner


def at(value: Any, path: SpecPath) -> At:
    return At(value, path)


def given_up(owner: str, path: SpecPath) -> GivenUp:
    return GivenUp(Owner(owner, path))


def plain(value: Any) -> Any:
    """The value without its mark."""
    return plain(value.value) if isinstance(value, At) else value


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The function's value of a value, said by the same line."""
    return At(mapped(function, value.value), value.path) if isinstance(value, At) else function(value)


def manifest(tree: Mapping[str, Any], path: SpecPath) -> Manifest:
    """The object of `tree`; what is not marked otherwise was said by `path`."""
    walk = _Walk()
    body = walk.flatten(tree, (), path)
    return Manifest(ref_of(body), body, walk.provenance, walk.owners)


def ref_of(body: Mapping[str, Any]) -> Ref:
    metadata = body["metadata"]
    return Ref(body["apiVersion"], body["kind"], metadata.get("namespace", ""), str(metadata["name"]))


@dataclass(slots=True)
class _Walk:
    provenance: dict[FieldPath, SpecPath] = field(default_factory=dict)
    owners: dict[FieldPath, Owner] = field(default_factory=dict)

    def flatten(self, value: Any, place: FieldPath, said_by: SpecPath) -> Any:
        if not place:
            self.provenance[place] = said_by
        while isinstance(value, At):
            value, said_by = value.value, value.path
            self.provenance[place] = said_by
        if isinstance(value, Mapping):
            return self._mapping(value, place, said_by)
        if isinstance(value, list | tuple):
            return [self.flatten(item, (*place, index), said_by) for index, item in enumerate(value)]
        return value

    def _mapping(self, value: Mapping[str, Any], place: FieldPath, said_by: SpecPath) -> dict[str, Any]:
        body = {}
        for name, item in value.items():
            if isinstance(item, GivenUp):
                self.owners[(*place, name)] = item.owner
            elif not _is_absent(item):
                body[name] = self.flatten(item, (*place, name), said_by)
        return body


def _is_absent(value: Any) -> bool:
    value = plain(value)
    return value is None or (isinstance(value, list | tuple) and not value)
