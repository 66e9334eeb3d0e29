"""A sentence of help beside a wrong value: what its unit, its keys or its form would be."""

from __future__ import annotations

from typing import Any

from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of
from trimtab.spec.schema_findings import Finding
from trimtab.spec.suggest import listed
from trimtab.spec.value_fixes import unit_of

_MOST_KEYS = 16
_MAPPING_TYPES = ("model_type", "model_attributes_type", "dict_type", "mapping_type")


def hint(finding: Finding, model: type[Model] | None) -> str | None:
    """Help for the value of `finding`; `model` is what the mapping that is due there would be."""
    given = finding.given
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return _about_units(given, unit_of(finding.context))
    if finding.kind in ("tuple_type", "list_type") and isinstance(given, str):
        return f"a list of one is written `[{given}]`"
    if finding.kind not in _MAPPING_TYPES:
        return None
    return _about_names(given) if isinstance(given, list) else _about_keys(model)


def _about_units(given: float, unit: str | None) -> str | None:
    if unit is None:
        return None
    number = given * 100 if unit == "%" and given <= 1 else given
    return f"a bare number has no unit; `{number:g}{unit}`, for instance, says what is meant"


def _about_names(items: list[Any]) -> str | None:
    """`- name: cpu`, as Kubernetes writes collections."""
    first = items[0] if items else None
    name = first.get("name") if isinstance(first, dict) else None
    return (
        f"names are keys here: `{name}: {{…}}` instead of `- name: {name}`" if isinstance(name, str) else None
    )


def _about_keys(model: type[Model] | None) -> str | None:
    keys = keys_of(model) if model else ()
    return f"its keys are {listed(keys, 'and')}" if 0 < len(keys) <= _MOST_KEYS else None
