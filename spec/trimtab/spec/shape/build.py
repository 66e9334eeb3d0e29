"""Checks a spec's shape, and makes light objects of it, in a fraction of the time that importing pydantic takes.

It accepts exactly what the pydantic model accepts, with the same values under the same names; what it does not
accept, it does not explain: `build` returns None, and the caller asks the model, whose errors become diagnostics.
Property tests hold the two together. What it knows of the language is `table.py`, generated from the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from trimtab.spec.shape.facts import FACTS
from trimtab.spec.shape.short_forms import SHORT_FORMS
from trimtab.spec.shape.table import TABLE
from trimtab.spec.shape.texts import TEXTS, NotThis

Kind = tuple[Any, ...]
ROOT = "MLSystem"


class Refused(Exception):
    """The value is not what the language allows there."""


class Light:
    """A mapping of a spec as an object, with the attributes that the model's class of the same name has."""


class _Plan(NamedTuple):
    """What it takes to make one class of object."""

    kind: type[Light]
    fields: dict[str, tuple[str, Kind]]
    required: frozenset[str]
    defaults: dict[str, Any]
    short_form: Callable[[Any], Any] | None
    variants: tuple[str, ...]
    optional: bool
    beside: Mapping[str, str]


def build(tree: Any, kind: str = ROOT) -> Any | None:
    """A light `kind`; None where the model would find errors."""
    try:
        return _model(("model", kind), tree)
    except Refused:
        return None


@cache
def new(name: str) -> Any:
    """A light object with nothing but defaults."""
    return _model(("model", name), {})


@cache
def _plan(name: str) -> _Plan:
    fields, variants, optional, beside, short_form, facts = TABLE[name]
    bases = (*(FACTS[fact] for fact in facts), Light)
    return _Plan(
        type(name, bases, {"variants": variants}),
        {key: (attribute, kind) for key, (attribute, kind, _) in fields.items()},
        frozenset(key for key, (_, _, default) in fields.items() if default is ...),
        {attribute: _default(default) for attribute, _, default in fields.values() if default is not ...},
        SHORT_FORMS[short_form] if short_form else None,
        variants,
        optional,
        beside,
    )


def _default(default: Any) -> Any:
    if type(default) is not tuple:
        return default
    tag, *rest = default
    if tag == "list":
        return tuple(rest)
    return _with(*rest) if tag == "new" else {}


def _with(name: str, given: Mapping[str, Any]) -> Any:
    plan = _plan(name)
    made = plan.kind()
    made.__dict__ = {**plan.defaults, **given}
    return made


def _model(kind: Kind, value: Any) -> Any:
    plan = _plan(kind[1])
    if plan.short_form:
        value = plan.short_form(value)
    if type(value) is not dict or not plan.required <= value.keys():
        raise Refused
    attributes = plan.defaults.copy()
    for key, item in value.items():
        if key not in plan.fields:
            raise Refused
        attribute, inner = plan.fields[key]
        attributes[attribute] = _READERS[inner[0]](inner, item)
    made = plan.kind()
    made.__dict__ = attributes
    if plan.variants:
        _check_one_of(made, value, plan)
    return made


def _check_one_of(made: Any, value: Mapping[str, Any], plan: _Plan) -> None:
    found = [v for v in plan.variants if getattr(made, v) is not None]
    if len(found) > 1 or not (found or plan.optional):
        raise Refused
    if any(owner not in found for key, owner in plan.beside.items() if key in value):
        raise Refused


# ── kinds ──


def read(kind: Kind, value: Any) -> Any:
    return _READERS[kind[0]](kind, value)


def _text(kind: Kind, value: Any) -> Any:
    try:
        return _checked(TEXTS[kind[1]].parse(value), kind[2])
    except NotThis:
        raise Refused from None


def _int(kind: Kind, value: Any) -> Any:
    if type(value) is not int:
        raise Refused
    return _checked(value, kind[1])


def _float(kind: Kind, value: Any) -> Any:
    if type(value) is not float and type(value) is not int:
        raise Refused
    return _checked(float(value), kind[1])


def _str(kind: Kind, value: Any) -> Any:
    if type(value) is not str:
        raise Refused
    return _checked(value, kind[1])


def _enum(kind: Kind, value: Any) -> Any:
    if type(value) is not str or value not in kind[1:]:
        raise Refused
    return value


def _scalar(kind: Kind, value: Any) -> Any:
    if not isinstance(value, (str, int, float)):
        raise Refused
    return value


def _list(kind: Kind, value: Any) -> Any:
    if type(value) is not list:
        raise Refused
    return _checked(tuple([read(kind[1], item) for item in value]), kind[2])


def _many(kind: Kind, value: Any) -> Any:
    return _list(kind, [value] if type(value) is str else value)


def _map(kind: Kind, value: Any) -> Any:
    if type(value) is not dict:
        raise Refused
    return _checked({read(kind[1], key): read(kind[2], item) for key, item in value.items()}, kind[3])


def _any(kind: Kind, value: Any) -> Any:
    return value


_READERS: dict[str, Callable[[Kind, Any], Any]] = {
    "model": _model, "text": _text, "int": _int, "float": _float, "str": _str, "enum": _enum, "scalar": _scalar,
    "list": _list, "many": _many, "map": _map, "any": _any,
}  # fmt: skip


def _longest(value: Any, bound: int) -> bool:
    return len(value) <= bound


def _shortest(value: Any, bound: int) -> bool:
    return len(value) >= bound


def _matches(value: str, pattern: str) -> bool:
    return re.search(pattern, value) is not None


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": _shortest, "max_length": _longest, "pattern": _matches,
}  # fmt: skip


def _checked(value: Any, checks: tuple[tuple[str, Any], ...]) -> Any:
    for check, bound in checks:
        if not _CHECKS[check](value, bound):
            raise Refused
    return value
