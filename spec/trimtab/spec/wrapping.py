"""Puts a value into the mapping that is due in its place: `schedule: "0 3 * * *"` is `schedule: {cron: "0 3 * * *"}`.

Only where one key alone can take the value, so that nobody has to guess; and only what stands on one line.
"""

from __future__ import annotations

from typing import Any, Literal, get_origin

from pydantic import ValidationError

from trimtab.spec.diagnostic import Applicability, Edit, Fix
from trimtab.spec.model.anatomy import bare, fields_of, text_of
from trimtab.spec.model.base import Model, OneOf
from trimtab.spec.positions import Span
from trimtab.spec.suggest import plain
from trimtab.spec.yaml_scalars import quoted

_FLOW = frozenset("{}[],#")


def wrapped(given: Any, written: str, model: type[Model] | None, span: Span) -> Fix | None:
    """The edit that makes of `given`, which stands as `written` at `span`, a mapping of the class `model`."""
    if model is None or not written or "\n" in written or given is None:
        return None
    if isinstance(given, str) and issubclass(model, OneOf) and (text := _variant(given, model)):
        return _fix(text, Applicability.SAFE, span)
    taking = {key: whole for key in fields_of(model) if (whole := _takes(model, key, given)) is not None}
    taking = {key: whole for key, whole in taking.items() if _is_choosy(model, key)} or taking
    if len(taking) != 1:
        return None
    ((key, whole),) = taking.items()
    trust = Applicability.SAFE if whole else Applicability.UNSAFE
    return _fix(f"{{{key}: {_in_flow(given, written)}}}", trust, span)


def _fix(text: str, trust: Applicability, span: Span) -> Fix:
    return Fix(f"write `{text}`", trust, (Edit(span, text),))


def _variant(given: str, model: type[Model]) -> str | None:
    """`server: torch` names a variant that needs no more to be said; `tune: full` one that has only one thing to say."""
    key = next((key for key in fields_of(model) if plain(key) == plain(given)), None)
    if key is None:
        return None
    for value in ({}, *_words(model, key)):
        if _takes(model, key, value):
            return f"{{{key}: {value or '{}'}}}"
    return None


def _words(model: type[Model], key: str) -> list[str]:
    return [word for word in fields_of(model)[key].examples or () if isinstance(word, str)]


def _takes(model: type[Model], key: str, value: Any) -> bool | None:
    """Whether `{key: value}` is all that the mapping needs; None where the value is wrong there."""
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        missing = all(e["type"] == "missing" and key not in e["loc"] for e in error.errors())
        return False if missing else None
    return True


def _is_choosy(model: type[Model], key: str) -> bool:
    """Whether it takes texts of one form alone. What takes any text is not meant where something else fits."""
    field = fields_of(model)[key]
    return text_of(field) is not None or get_origin(bare(field.annotation)) is Literal


def _in_flow(given: Any, written: str) -> str:
    """A plain text may hold what ends it between braces."""
    plain_text = isinstance(given, str) and written[0] not in "'\""
    return quoted(given) if plain_text and _FLOW & set(written) else written
