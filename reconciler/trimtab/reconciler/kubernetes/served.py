"""An object on the wire, decoded as far as somebody reads it: most news of a cluster is status, and must be cheap.

`print` is the first tier: a digest of the bytes of all that our own fields could be in. While it stays the same, so do
they, and nobody decodes them. It saves work and proves nothing: two servers may write the same object in two ways.
Nothing that is kept may hold on to these bytes; one line of a watch, or a whole page of a list, stands behind each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trimtab.reconciler.kubernetes.own_fields import is_own, is_written

_NOTHING = Raw(b"null")
_decode_any = msgspec.json.Decoder().decode
_decode_parts = msgspec.json.Decoder(dict[str, Raw]).decode


class Entry(Struct, gc=False, rename="camel"):
    """Of managedFields."""

    manager: str = ""
    operation: str = ""
    subresource: str = ""
    api_version: str = ""
    fields_v1: Raw = msgspec.field(default=_NOTHING, name="fieldsV1")


class Metadata(Struct, gc=False, rename="camel"):
    name: str
    resource_version: str
    uid: str = ""  # bookmarks have none
    namespace: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Raw = _NOTHING
    annotations: Raw = _NOTHING
    finalizers: Raw = _NOTHING
    owner_references: Raw = _NOTHING
    managed_fields: list[Entry] | None = None


_decode_metadata = msgspec.json.Decoder(Metadata).decode


class Served:
    """One object, as a server sent it. `key` names it among those of its kind."""

    __slots__ = ("_parts", "_raw", "metadata", "revision")

    def __init__(self, raw: Raw | bytes) -> None:
        self._raw = raw
        self._parts = _decode_parts(raw)
        self.metadata = _decode_metadata(self._parts["metadata"])
        self.revision = int(self.metadata.resource_version)

    @property
    def key(self) -> tuple[str, str]:
        return self.metadata.namespace, self.metadata.name

    def print(self, manager: str) -> bytes:
        """16 bytes; the same for as long as `own_digest` for `manager` is sure to be the same."""
        metadata = self.metadata
        told = [metadata.labels, metadata.annotations, metadata.finalizers, metadata.owner_references]
        for entry in metadata.managed_fields or ():
            if is_own(manager, entry.manager, entry.operation, entry.subresource):
                told += [Raw(entry.api_version.encode()), entry.fields_v1]
        told += [self._parts[name] for name in sorted(self._parts) if name not in _UNDIGESTED]
        digest = hashlib.blake2b(digest_size=16)
        for part in told:
            digest.update(len(part).to_bytes(8))
            digest.update(part)
        return digest.digest()

    def is_written_by(self, manager: str) -> bool:
        entries = self.metadata.managed_fields or ()
        return any(is_written(manager, entry.manager, entry.subresource) for entry in entries)

    def whole(self, api_version: str, kind: str) -> dict[str, Any]:
        """All of it. A server leaves version and kind out of the items of a list."""
        return {**_decode_any(self._raw), "apiVersion": api_version, "kind": kind}

    def without_fields(self, api_version: str, kind: str) -> dict[str, Any]:
        """All but managedFields, which are half of an object and of no interest to its health."""
        read = {name: _decode_any(part) for name, part in self._parts.items() if name not in _NAMES}
        return {**read, "apiVersion": api_version, "kind": kind, "metadata": self._described()}

    def _described(self) -> Mapping[str, Any]:
        metadata = self.metadata
        told = {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
            "resourceVersion": metadata.resource_version,
            "generation": metadata.generation,
            "creationTimestamp": metadata.creation_timestamp or "",
            "labels": _decode_any(metadata.labels) or {},
            "annotations": _decode_any(metadata.annotations) or {},
            "ownerReferences": _decode_any(metadata.owner_references) or [],
        }
        leaving = metadata.deletion_timestamp
        return {**told, "deletionTimestamp": leaving} if leaving else told


_NAMES = frozenset({"apiVersion", "kind", "metadata"})
_UNDIGESTED = _NAMES | {"status"}
