"""One object as the local engine keeps it. Bodies are values: nobody changes one in place, writers make new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import field_paths
from trimtab.reconciler.local.server_side_apply import Manager, Managers, Operation

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """`body` is the whole object as an API server would show it, `managers` who owns which of its fields."""

    ref: Ref
    body: Body
    managers: Managers

    @property
    def metadata(self) -> Body:
        found: Body = self.body["metadata"]
        return found

    @property
    def spec(self) -> Body:
        found: Body = self.body.get("spec") or {}
        return found

    @property
    def status(self) -> Body:
        found: Body = self.body.get("status") or {}
        return found

    @property
    def uid(self) -> str:
        return str(self.metadata["uid"])

    @property
    def revision(self) -> str:
        return str(self.metadata["resourceVersion"])

    @property
    def generation(self) -> int:
        return int(self.metadata["generation"])

    @property
    def deleting(self) -> bool:
        return "deletionTimestamp" in self.metadata

    @property
    def labels(self) -> Mapping[str, str]:
        return self.metadata.get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        return self.metadata.get("annotations") or {}

    @property
    def controller(self) -> str:
        """The uid of the object that made this one and looks after it, or nothing."""
        return next(
            (str(o["uid"]) for o in self.metadata.get("ownerReferences") or () if o.get("controller")), ""
        )

    def matches(self, selector: Mapping[str, str] | None) -> bool:
        return all(self.labels.get(key) == value for key, value in (selector or {}).items())

    def with_metadata(self, **fields: Any) -> Stored:
        return replace(self, body={**self.body, "metadata": {**self.metadata, **fields}})

    def with_status(self, status: Body) -> Stored:
        return replace(self, body={**self.body, "status": dict(status)})


def ref_of(body: Body) -> Ref:
    metadata = body.get("metadata") or {}
    return Ref(
        str(body.get("apiVersion", "")),
        str(body.get("kind", "")),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )


def timestamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode_managers(managers: Managers) -> list[dict[str, Any]]:
    return [
        {
            "manager": m.name,
            "operation": m.operation,
            "fields": [field_paths.encode(p) for p in sorted(paths, key=repr)],
        }
        for m, paths in managers.items()
    ]


def decode_managers(entries: list[dict[str, Any]]) -> Managers:
    return {
        Manager(e["manager"], Operation(e["operation"])): frozenset(
            field_paths.decode(p) for p in e["fields"]
        )
        for e in entries
    }
