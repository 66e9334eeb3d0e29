"""Checks a spec's shape, and makes light objects of it, in a fraction of the time that importing pydantic takes.

It accepts exactly what the pydantic model accepts, with the same values under the same names; what it does not
accept, it does not explain: `build` returns None, and the caller asks the model, whose errors become diagnostics.
Property tests hold the two together. What it knows of the language is `table.py`, generated from the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, Self

from trimtab.spec.shape.facts import FACTS
from trimtab.spec.shape.short_forms import SHORT_FORMS
from trimtab.spec.shape.table import TABLE
from trimtab.spec.shape.texts import TEXTS, NotThis

Kind = tuple[Any, ...]
Checks = tuple[tuple[str, Any], ...]
ROOT = "MLSystem"


Made = dict[tuple[str, int], tuple[Any, Any]]
"""What was made of mappings before, by class and identity. It holds the mappings too, so that no identity is used again."""
Reader = Callable[[Any, Made], Any]
"""Turns what was written into a value, or refuses it."""
MOST_KEPT = 2_000
"""Texts of one kind whose value is remembered: specs of one repository say the same things."""


class Refused(Exception):
    """The value is not what the language allows there."""


class Light:
    """A mapping of a spec as an object, with the attributes that the model's class of the same name has."""

    __hash__ = None  # type: ignore[assignment]  # it holds mappings

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def but(self, **attributes: Any) -> Self:
        """The same with these attributes."""
        changed = type(self)()
        changed.__dict__ = {**self.__dict__, **attributes}
        return changed

    def written(self) -> Iterator[tuple[str, Any]]:
        """Each attribute whose value is not the default, in the order of the language."""
        name = type(self).__name__
        defaults = _plan(name).defaults
        for attribute, *_ in TABLE[name][0].values():
            value = getattr(self, attribute)
            if attribute not in defaults or value != defaults[attribute]:
                yield attribute, value


class _Plan(NamedTuple):
    """What it takes to make one class of object."""

    kind: type[Light]
    fields: dict[str, tuple[str, Reader]]
    required: frozenset[str]
    defaults: dict[str, Any]
    short_form: Callable[[Any], Any] | None
    variants: tuple[str, ...]
    optional: bool
    beside: Mapping[str, str]


def build(tree: Any, kind: str = ROOT, made: Made | None = None) -> Any | None:
    """A light `kind`; None where the model would find errors.

    With the same `made`, mappings that several trees share are looked at once. They must not change in between.
    """
    try:
        return _reader(("model", kind))(tree, {} if made is None else made)
    except Refused:
        return None


@cache
def new(name: str) -> Any:
    """A light object with nothing but defaults."""
    return _reader(("model", name))({}, {})


@cache
def _plan(name: str) -> _Plan:
    fields, variants, optional, beside, short_form, facts = TABLE[name]
    bases = (*(FACTS[fact] for fact in facts), Light)
    return _Plan(
        type(name, bases, {"variants": variants}),
        {key: (attribute, _reader(kind)) for key, (attribute, kind, _) in fields.items()},
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


# ── readers: one is made for each kind, and keeps what it needs at hand ──


@cache
def _reader(kind: Kind) -> Reader:
    reader: Reader = _READERS[kind[0]](*kind[1:])
    return reader


def _model(name: str) -> Reader:
    def read(value: Any, made: Made) -> Any:
        if type(value) is not dict:
            return _object(_plan(name), value, made)
        known = (name, id(value))
        if known not in made:
            made[known] = (value, _object(_plan(name), value, made))
        return made[known][1]

    return read


def _object(plan: _Plan, value: Any, made: Made) -> Any:
    if plan.short_form:
        value = plan.short_form(value)
    if type(value) is not dict or not plan.required <= value.keys():
        raise Refused
    attributes = plan.defaults.copy()
    for key, item in value.items():
        field = plan.fields.get(key)
        if field is None:
            raise Refused
        attributes[field[0]] = field[1](item, made)
    if plan.variants:
        _check_one_of(attributes, value, plan)
    light = plan.kind()
    light.__dict__ = attributes
    return light


def _check_one_of(attributes: Mapping[str, Any], value: Mapping[str, Any], plan: _Plan) -> None:
    found = [v for v in plan.variants if attributes[v] is not None]
    if len(found) > 1 or not (found or plan.optional):
        raise Refused
    if any(owner not in found for key, owner in plan.beside.items() if key in value):
        raise Refused


def _text(kind: str, checks: Checks) -> Reader:
    parse, kept = TEXTS[kind].parse, dict[str, Any]()

    def read(value: Any, made: Made) -> Any:
        if type(value) is str and value in kept:
            return kept[value]
        try:
            found = _checked(parse(value), checks)
        except NotThis:
            raise Refused from None
        if type(value) is str and len(kept) < MOST_KEPT:
            kept[value] = found
        return found

    return read


def _int(checks: Checks) -> Reader:
    return lambda value, made: _checked(_of(value, int), checks)


def _float(checks: Checks) -> Reader:
    return lambda value, made: _checked(float(_of(value, float, int)), checks)


def _str(checks: Checks) -> Reader:
    return lambda value, made: _checked(_of(value, str), checks)


def _enum(*choices: str) -> Reader:
    def read(value: Any, made: Made) -> Any:
        if type(value) is not str or value not in choices:
            raise Refused
        return value

    return read


def _scalar() -> Reader:
    return lambda value, made: _of(value, str, int, float, bool)


def _list(kind: Kind, checks: Checks) -> Reader:
    item = _reader(kind)
    return lambda value, made: _checked(tuple([item(one, made) for one in _of(value, list)]), checks)


def _many(kind: Kind, checks: Checks) -> Reader:
    several = _list(kind, checks)
    return lambda value, made: several([value] if type(value) is str else value, made)


def _map(keys: Kind, values: Kind, checks: Checks) -> Reader:
    name, item = _reader(keys), _reader(values)

    def read(value: Any, made: Made) -> Any:
        entries = _of(value, dict).items()
        return _checked({name(key, made): item(one, made) for key, one in entries}, checks)

    return read


def _any() -> Reader:
    return lambda value, made: value


_READERS: dict[str, Callable[..., Reader]] = {
    "model": _model, "text": _text, "int": _int, "float": _float, "str": _str, "enum": _enum, "scalar": _scalar,
    "list": _list, "many": _many, "map": _map, "any": _any,
}  # fmt: skip


def _of(value: Any, *types: type) -> Any:
    """The value, which must be of one of these very types: a truth value is no number."""
    if type(value) not in types:
        raise Refused
    return value


def _longest(value: Any, bound: int) -> bool:
    return len(value) <= bound


def _shortest(value: Any, bound: int) -> bool:
    return len(value) >= bound


def _matches(value: str, pattern: str) -> bool:
    return re.search(_to_the_end(pattern), value) is not None


@cache
def _to_the_end(pattern: str) -> str:
    """The model's regular expressions are Rust's, to which a final newline is no end."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": _shortest, "max_length": _longest, "pattern": _matches,
}  # fmt: skip


def _checked(value: Any, checks: Checks) -> Any:
    for check, bound in checks:
        if not _CHECKS[check](value, bound):
            raise Refused
    return value
