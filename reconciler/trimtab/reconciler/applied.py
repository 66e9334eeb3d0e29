"""The last applied bundle: what each object was asked to be, kept in the cluster before anything is applied.

It says what a changed object is healed to, what a new spec changes, in which order objects leave, and what a run that
the spec has moved on from still needs. It is written once and never changed: a bundle is named by its digest, and an
older one stays until nothing in the cluster is as it asks. No values of secrets are in it, and nothing that is fixed
by its own name (code, params, locks), for that never has to be healed.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trimtab.compiler.bundle import Edge, Fact, Ref
from trimtab.compiler.canonical import canonical, digest
from trimtab.compiler.packed import Packed, unpacked
from trimtab.reconciler.cluster import MEMORY, Observed
from trimtab.reconciler.ledger import SYSTEM_LABEL, Record
from trimtab.spec.positions import SpecPath

BUNDLE_ANNOTATION, PART_ANNOTATION = "trimtab.dev/bundle", "trimtab.dev/part"
PART_BYTES = 700 * 1024
"""Of one ConfigMap, which holds 1 MiB; written out in a request, base64 makes a third more of it."""
FAST = 1
"""Of zlib's levels: a first write waits for it, and it packs nearly as much."""
MOST_BYTES = 64 * 1024 * 1024
"""A bundle that unpacks to more was not packed here."""

_DATA = ("data", "binaryData", "stringData")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object. `body` is None where its content is not kept; `at` is the part of the spec that asked for it."""

    ref: Ref
    desired: str
    body: Mapping[str, Any] | None
    at: SpecPath


@dataclass(frozen=True)
class Applied:
    """`entries` are in the order they were applied in; `recipes` gives the digest of each run's recipe."""

    entries: tuple[Entry, ...]
    edges: tuple[Edge, ...]
    recipes: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        named = [["/".join(entry.ref), entry.desired] for entry in self.entries]
        return digest({"entries": named, "edges": [list(e) for e in self.edges], "recipes": self.recipes})

    @cached_property
    def kinds(self) -> frozenset[tuple[str, str]]:
        return frozenset((entry.ref.api_version, entry.ref.kind) for entry in self.entries)

    @cached_property
    def _by_ref(self) -> Mapping[Ref, tuple[int, Entry]]:
        return {entry.ref: (index, entry) for index, entry in enumerate(self.entries)}

    def find(self, ref: Ref) -> Entry | None:
        found = self._by_ref.get(ref)
        return found[1] if found else None

    def asks_for(self, other: Entry) -> bool:
        """Is this object to be exactly so here, too?"""
        found = self.find(other.ref)
        return found is not None and found.desired == other.desired

    def rank(self, ref: Ref) -> int:
        """Its place in the order of applying; -1 where it is not of this bundle."""
        found = self._by_ref.get(ref)
        return found[0] if found else -1

    def helpers_of(self, record: Record) -> Iterator[str]:
        """Nodes that the run of this record needs, if the record is of this bundle's recipe."""
        if self.recipes.get(record.run) == record.recipe_digest:
            node = f"run:{record.run}"
            yield from (edge.after for edge in self.edges if edge.node == node)


class Kept(Applied):
    """One that was read and found sound. It is read again if somebody asks: most are what is wanted now anyway."""

    packed: bytes

    def __init__(self, found: Applied, packed: bytes) -> None:
        self.__dict__.update(digest=found.digest, kinds=found.kinds, packed=packed)

    @cached_property
    def _found(self) -> Applied:
        found = _unpacked(self.packed)
        if found is None:
            raise AssertionError("it was read before")
        return found

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._found.entries

    @property
    def edges(self) -> tuple[Edge, ...]:
        return self._found.edges

    @property
    def recipes(self) -> Mapping[str, str]:
        return self._found.recipes


def content_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What of an object is kept: all, or nothing."""
    read = unpacked(body)
    is_fixed = bool(read.get("immutable")) and any(name in read for name in _DATA)
    return None if is_fixed or read["kind"] == "Secret" else body


def pack(applied: Applied) -> Kept:
    return Kept(applied, zlib.compress(_text(applied), FAST))


def parts(kept: Kept, system: str, namespace: str) -> tuple[dict[str, Any], ...]:
    """The ConfigMaps that keep it."""
    packed = kept.packed
    pieces = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
    return tuple(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": f"{_name_of_parts(system, kept.digest)}{index}",
                "namespace": namespace,
                "labels": {SYSTEM_LABEL: system, MEMORY: "applied"},
                "annotations": {
                    BUNDLE_ANNOTATION: kept.digest,
                    PART_ANNOTATION: f"{index + 1}/{len(pieces)}",
                },
            },
            "immutable": True,
            "binaryData": {"part": base64.b64encode(piece).decode()},
        }
        for index, piece in enumerate(pieces)
    )


def is_part(observed: Observed, system: str) -> bool:
    """By its name too: labels are copied to other objects."""
    return MEMORY in observed.labels and observed.ref.name.startswith(f"{system}-applied-")


def bears_name_of(ref: Ref, system: str, bundle: str) -> bool:
    """Whether it is called as the parts of this bundle are, whatever it is."""
    return ref.kind == "ConfigMap" and ref.name.startswith(_name_of_parts(system, bundle))


def _name_of_parts(system: str, bundle: str) -> str:
    return f"{system}-applied-{bundle.removeprefix('sha256:')[:12]}-"


def read(found: Iterable[Observed], known: Sequence[Kept] = ()) -> tuple[Kept, ...]:
    """The bundles whose parts are all there and say what their names promise; what is damaged is passed over.

    Who has packed or read one before need not do it again: `known`.
    """
    pieces: dict[str, dict[str, Observed]] = {}
    for observed in found:
        name, part = (observed.annotations.get(each, "") for each in (BUNDLE_ANNOTATION, PART_ANNOTATION))
        if _is_named_so(observed.ref, name, part):  # a copy says the same of itself
            pieces.setdefault(name, {})[part] = observed
    sound = (_sound(name, _joined(pieces[name]), known) for name in sorted(pieces))
    return tuple(each for each in sound if each is not None)


def _is_named_so(ref: Ref, bundle: str, part: str) -> bool:
    _, name, index = ref.name.rpartition(_name_of_parts("", bundle))
    return bool(name) and index.isdecimal() and part.startswith(f"{int(index) + 1}/")


def _sound(name: str, packed: bytes, known: Sequence[Kept]) -> Kept | None:
    for each in known:
        if name == each.digest and packed == each.packed:
            return each
    applied = _unpacked(packed)
    return Kept(applied, packed) if applied is not None and _is(applied, name) else None


def _is(applied: Applied, name: str) -> bool:
    whole = (entry.body is None or _is_of(entry, entry.body) for entry in applied.entries)
    return applied.digest == name and all(whole)


def _is_of(entry: Entry, body: Mapping[str, Any]) -> bool:
    """Nobody who may write a ConfigMap makes us apply something else in its name."""
    metadata = body["metadata"]
    named = Ref(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])
    return named == entry.ref and digest(body) == entry.desired


def _joined(pieces: Mapping[str, Observed]) -> bytes:
    """Empty where that can't be done."""
    try:
        return b"".join(
            base64.b64decode((pieces[f"{index + 1}/{len(pieces)}"].body or {})["binaryData"]["part"])
            for index in range(len(pieces))
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return b""


def _unpacked(packed: bytes) -> Applied | None:
    try:
        return _from_json(json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES)))
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error):
        return None


def _text(applied: Applied) -> bytes:
    """As JSON. What is packed is in it as it is."""
    entries = b",".join(map(_entry, applied.entries))
    edges, recipes = canonical([list(e) for e in applied.edges]), canonical(dict(applied.recipes))
    return b'{"v":1,"entries":[%b],"edges":%b,"recipes":%b}' % (entries, edges, recipes)


def _entry(entry: Entry) -> bytes:
    body = entry.body.text if isinstance(entry.body, Packed) else canonical(entry.body)
    asked, at = canonical([list(entry.ref), entry.desired]), canonical(list(entry.at))
    return b"%b,%b,%b]" % (asked[:-1], body, at)


def _from_json(data: Any) -> Applied | None:
    if data["v"] != 1:
        return None
    entries = tuple(Entry(Ref(*ref), desired, body, tuple(at)) for ref, desired, body, at in data["entries"])
    edges = tuple(Edge(node, after, Fact(fact)) for node, after, fact in data["edges"])
    return Applied(entries, edges, data["recipes"])


def entries_of(kept: Sequence[Applied], ref: Ref) -> Iterator[Entry]:
    """What this object was ever asked to be, as far as it is kept."""
    entries = (applied.find(ref) for applied in kept)
    return (entry for entry in entries if entry is not None)


def entry_of(kept: Sequence[Applied], ref: Ref, desired: str) -> Entry | None:
    """What this object was asked to be when it was applied with this digest."""
    return next((entry for entry in entries_of(kept, ref) if entry.desired == desired), None)
