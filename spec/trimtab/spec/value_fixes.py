"""The edits that put a single value right, where one that is likely right is short."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trimtab.spec.diagnostic import Applicability, Edit, Fix
from trimtab.spec.positions import Span
from trimtab.spec.schema_texts import choices
from trimtab.spec.shape.texts import TEXTS, NotThis, Text
from trimtab.spec.suggest import closest, distance, plain
from trimtab.spec.synonyms import VALUES
from trimtab.spec.yaml_scalars import quoted

_UNITS = {"duration": "s", "latency": "ms", "percentage": "%", "size": "Gi"}
_UNQUOTED = {
    "int_type": r"[+-]?[1-9]\d{0,17}|0",
    "float_type": r"[+-]?(0|[1-9]\d{0,15})(\.\d+)?",
    "bool_type": "true|false",
}
_YES_AND_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def unit_of(context: Mapping[str, Any]) -> str | None:
    """A unit of the kind of value that a `format` error asks for; None for texts without one."""
    return _UNITS.get(context.get("kind", ""))


def is_plain_scalar(value: Any) -> bool:
    """A number, true or false: what quotes would make a text."""
    return isinstance(value, (bool, int, float))


def wants_text(kind: str, context: Mapping[str, Any]) -> bool:
    """Whether pydantic's error `kind` asks for a text that quotes alone may make."""
    if kind == "shape":
        return str(context.get("expected", "")).startswith("a text")
    return kind == "string_type" or (kind == "format" and not unit_of(context))


def value_fix(kind: str, given: Any, context: Mapping[str, Any], written: str, span: Span) -> Fix | None:
    """A fix for pydantic's error `kind` about the value `given`, which stands as `written` at `span`."""
    if not written or "\n" in written:
        return None
    if is_plain_scalar(given) and wants_text(kind, context):
        return _replace(span, quoted(written), "quote it", Applicability.SAFE)
    if kind in ("literal_error", "enum"):
        return _choose(given, choices(context), span)
    if not isinstance(given, str):
        return None
    if kind == "format":
        return _complete(given, context, span)
    if kind in ("tuple_type", "list_type"):
        return _replace(span, f"[{written}]", "make it a list", Applicability.SAFE)
    return _unquote(kind, given, span)


def _unquote(kind: str, given: str, span: Span) -> Fix | None:
    if kind == "bool_type" and (word := _YES_AND_NO.get(given.lower())):
        return _replace(span, word, f"write `{word}`", Applicability.SAFE)
    if kind not in _UNQUOTED or not re.fullmatch(_UNQUOTED[kind], given):
        return None
    return _replace(span, given, "take the quotes away", Applicability.SAFE)


def _complete(given: str, context: Mapping[str, Any], span: Span) -> Fix | None:
    """What most people leave out of a name or an address, where that makes it one."""
    text = TEXTS[context["kind"]]
    for whole in (f"group:{given}", f"{given}:443", f"https://{given}"):
        if _is(text, whole):
            return _replace(span, whole, f"write `{whole}`", Applicability.UNSAFE)
    return None


def _is(text: Text, value: str) -> bool:
    try:
        text.parse(value)
    except NotThis:
        return False
    return True


def _choose(given: Any, allowed: tuple[str, ...], span: Span) -> Fix | None:
    """`true` and `{}` say that it is wanted; where there is one choice, that is the one."""
    if given is True or given == {}:
        only = allowed[0] if len(allowed) == 1 else None
        return _replace(span, only, f"write `{only}`", Applicability.UNSAFE) if only else None
    if not isinstance(given, str):
        return None
    if near := closest(given, allowed):
        trust = Applicability.SAFE if distance(plain(given), plain(near), 1) <= 1 else Applicability.UNSAFE
        return _replace(span, near, f"write `{near}`", trust)
    meant = VALUES.get(plain(given))
    return _replace(span, meant, f"write `{meant}`", Applicability.UNSAFE) if meant in allowed else None


def _replace(span: Span, text: str, title: str, trust: Applicability) -> Fix:
    return Fix(title, trust, (Edit(span, text),))
