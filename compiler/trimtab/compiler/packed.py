"""Bodies as text: for a bundle that is held for months, and of which hardly anything is read.

A map of Python takes five times the room of its JSON. What still has slots is not packed, nor are runs: those are few.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from trimtab.compiler.bundle import Bundle, Manifest
from trimtab.compiler.canonical import canonical, canonical_json, digest_bytes
from trimtab.compiler.verbatim import Given, Verbatim


class Unread(Mapping[str, Any], ABC):
    """A map that is made anew each time somebody looks into it: `unpacked` is for those who look twice."""

    __slots__ = ()

    @property
    @abstractmethod
    def content(self) -> dict[str, Any]: ...

    def __getitem__(self, name: str) -> Any:
        return self.content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


class Packed(Unread):
    """JSON values. `text` is canonical, so that nobody has to look into it for its digest."""

    __slots__ = ("text",)

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.text = canonical_json(tree)

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


def unpacked(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    return tree.content if isinstance(tree, Unread) else tree


def digest_of(tree: Mapping[str, Any]) -> str:
    return digest_bytes(tree.text if isinstance(tree, Packed) else canonical(tree))


def packed(bundle: Bundle) -> Bundle:
    """The same bundle, and what it means."""
    given: dict[Given, Given] = {}
    manifests = tuple(_packed(manifest, given) for manifest in bundle.manifests)
    spec = bundle.spec if isinstance(bundle.spec, Packed) else Packed(bundle.spec)
    return replace(bundle, manifests=manifests, spec=spec)


def _packed(manifest: Manifest, given: dict[Given, Given]) -> Manifest:
    if isinstance(manifest.body, Packed):
        return manifest
    try:
        body, lines = Packed(manifest.body), manifest.provenance
    except TypeError:  # it has slots, which are no JSON
        return manifest
    if isinstance(lines, Verbatim):
        lines = lines.about(body, given)
    return replace(manifest, body=body, provenance=lines)
