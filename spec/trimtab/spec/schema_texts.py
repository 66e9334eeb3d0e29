"""Our own words for pydantic's error types: what a value must be, and what was found instead.

pydantic's texts speak of Python; they are never shown. Each type of error has one entry here: a code, and the phrase
that follows "must be".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trimtab.spec.yaml_scalars import shortened

Context = Mapping[str, Any]


class Expectation(NamedTuple):
    code: str
    phrase: str


def expectation(kind: str, context: Context) -> Expectation:
    """What an error of pydantic's type `kind` says a value must be."""
    code, phrase = _EXPECTATIONS.get(kind, ("TT103", "something else"))
    return Expectation(code, phrase if isinstance(phrase, str) else phrase(context))


def described(value: Any, written: str) -> str:
    """What was found, in a few words: a list, the text `two`, `1.10` as it is written."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, str):
        return f"the text `{shortened(value)}`" if value else "an empty text"
    if value is None:
        return "nothing"
    return f"`{shortened(written or str(value))}`"


def with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _format(context: Context) -> str:
    return f"{with_article(context['kind'])} such as `{context['example']}`"


def _bound(words: str, key: str) -> Callable[[Context], str]:
    return lambda context: f"{words} {context[key]}"


def _count(words: str, key: str, one: str, many: str) -> Callable[[Context], str]:
    return lambda context: f"{words} {context[key]} {one if context[key] == 1 else many}"


def choices(context: Context) -> tuple[str, ...]:
    """The words that a literal or enum error allows: pydantic gives them as one text, `'a', 'b' or 'c'`."""
    return tuple(context["expected"].replace("' or '", "', '").strip("'").split("', '"))


def _choices(context: Context) -> str:
    from trimtab.spec.suggest import listed

    return listed(choices(context))


_EXPECTATIONS: dict[str, tuple[str, str | Callable[[Context], str]]] = {
    "int_type": ("TT103", "a whole number"),
    "int_from_float": ("TT103", "a whole number"),
    "int_parsing": ("TT103", "a whole number"),
    "float_type": ("TT103", "a number"),
    "float_parsing": ("TT103", "a number"),
    "finite_number": ("TT103", "a finite number"),
    "bool_type": ("TT103", "`true` or `false`"),
    "bool_parsing": ("TT103", "`true` or `false`"),
    "string_type": ("TT104", "text"),
    "list_type": ("TT103", "a list"),
    "tuple_type": ("TT103", "a list"),
    "dict_type": ("TT103", "a mapping of keys to values"),
    "mapping_type": ("TT103", "a mapping of keys to values"),
    "model_type": ("TT103", "a mapping of keys to values"),
    "model_attributes_type": ("TT103", "a mapping of keys to values"),
    "shape": ("TT103", lambda context: str(context["expected"])),
    "literal_error": ("TT105", _choices),
    "enum": ("TT105", _choices),
    "greater_than": ("TT106", _bound("greater than", "gt")),
    "greater_than_equal": ("TT106", _bound("at least", "ge")),
    "less_than": ("TT106", _bound("less than", "lt")),
    "less_than_equal": ("TT106", _bound("at most", "le")),
    "multiple_of": ("TT106", _bound("a multiple of", "multiple_of")),
    "format": ("TT107", _format),
    "string_pattern_mismatch": ("TT107", lambda context: f"text that matches `{context['pattern']}`"),
    "string_too_short": ("TT108", _count("at least", "min_length", "character", "characters")),
    "string_too_long": ("TT108", _count("at most", "max_length", "character", "characters")),
    "too_short": ("TT108", _count("at least", "min_length", "entry", "entries")),
    "too_long": ("TT108", _count("at most", "max_length", "entry", "entries")),
}
