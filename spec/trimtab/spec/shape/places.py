"""What stands where: the language's shape, for who walks or merges trees of it. See `build` for what a kind is."""

from __future__ import annotations

from typing import Any, NamedTuple

from trimtab.spec.shape.build import Kind
from trimtab.spec.shape.short_forms import SHORT_FORMS
from trimtab.spec.shape.table import TABLE

SPEC: Kind = ("model", "Spec")


class Variants(NamedTuple):
    """The keys of a one-of, of which one is chosen, and the keys that go with one of them only."""

    keys: tuple[str, ...]
    beside: dict[str, str]


def below(kind: Kind | None, key: str | int) -> Kind | None:
    """What may stand at `key` of a mapping or a list; None where the language does not say."""
    if kind and kind[0] == "model":
        field = TABLE[kind[1]][0].get(key)
        return field[1] if field else None
    held = {"list": 1, "many": 1, "map": 2}.get(kind[0]) if kind else None
    return kind[held] if kind and held else None


def is_known(kind: Kind | None, key: str) -> bool:
    """Whether a mapping may have this key; where the language does not say, it may."""
    return not kind or kind[0] != "model" or key in TABLE[kind[1]][0]


def variants_of(kind: Kind | None) -> Variants | None:
    if not kind or kind[0] != "model" or not TABLE[kind[1]][1]:
        return None
    fields, variants, _, beside, *_ = TABLE[kind[1]]
    keys = {attribute: key for key, (attribute, _, _) in fields.items()}
    return Variants(tuple(keys[v] for v in variants), {key: keys[owner] for key, owner in beside.items()})


def long_form(kind: Kind | None, value: Any) -> Any:
    """What a short way to write a mapping stands for."""
    short_form = TABLE[kind[1]][4] if kind and kind[0] == "model" else ""
    return SHORT_FORMS[short_form](value) if short_form else value
