"""A sentence of help beside a wrong value: what its unit, its keys or its form would be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.fields import FieldInfo

from trimtab.spec.explain_path import flow
from trimtab.spec.model.anatomy import fields_of
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of
from trimtab.spec.schema_findings import Finding
from trimtab.spec.shape.texts import NAME
from trimtab.spec.suggest import listed
from trimtab.spec.value_fixes import unit_of

_MOST_KEYS = 16
MAPPING_TYPES = ("model_type", "model_attributes_type", "dict_type", "mapping_type")


def hint(finding: Finding, model: type[Model] | None, field: FieldInfo | None) -> str | None:
    """Help for the value of `finding`; `model` is what the mapping that is due there would be, `field` its key's."""
    given, about_mapping = finding.given, finding.kind in MAPPING_TYPES
    if not about_mapping and isinstance(given, (int, float)) and not isinstance(given, bool):
        return _about_units(given, unit_of(finding.context))
    if finding.kind in ("tuple_type", "list_type") and isinstance(given, str):
        return f"a list of one is written `[{given}]`"
    if finding.kind in ("tuple_type", "list_type", "string_type") and field and field.examples:
        return f"for example `{flow(field.examples[0])}`"
    if finding.kind == "format" and finding.context["kind"] == NAME.kind and field:
        words = (field.description or "").rstrip(".")
        return f"what it names: {words[:1].lower()}{words[1:]}"
    if not about_mapping:
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
    if not 0 < len(keys) <= _MOST_KEYS:
        return None
    return f"its {'key is' if len(keys) == 1 else 'keys are'} {listed(keys, 'and')}"


def example_of(model: type[Model], keys: Iterable[str]) -> str | None:
    """`for example `flavor: sklearn``, for each of the keys."""
    shown = [(key, field.examples[0]) for key in keys if (field := fields_of(model)[key]).examples]
    return (
        f"for example {listed((f'{key}: {flow(value)}' for key, value in shown), 'and')}" if shown else None
    )
