"""A CustomResourceDefinition around a schema: names, columns of `kubectl get`, the status subresource.

Its annotation names the schema by digest, so that a writer sees at once whether a cluster's definitions are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from trimtab.compiler.canonical import digest
from trimtab.reconciler.crds.shapes import Schema

GROUP, VERSION = "trimtab.dev", "v1"
SCHEMA_ANNOTATION = "trimtab.dev/schema"


class Column(NamedTuple):
    """A column of `kubectl get`; `wide` shows it with `-o wide` alone."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    kind: str
    plural: str
    singular: str
    short: tuple[str, ...]


def definition(
    names: Names,
    schema: Schema,
    columns: tuple[Column, ...],
    selectable: tuple[str, ...] = (),
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The whole object. `selectable` are the paths that `--field-selector` takes."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [_column(column) for column in columns],
        **({"selectableFields": [{"jsonPath": path} for path in selectable]} if selectable else {}),
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{names.plural}.{GROUP}",
            "labels": {"app.kubernetes.io/name": "trimtab", **(labels or {})},
            "annotations": {SCHEMA_ANNOTATION: digest(version)},
        },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": names.kind,
                "listKind": f"{names.kind}List",
                "plural": names.plural,
                "singular": names.singular,
                "shortNames": list(names.short),
                "categories": ["trimtab"],
            },
            "versions": [version],
        },
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.path,
        "description": column.description,
        **({"priority": 1} if column.wide else {}),
    }
