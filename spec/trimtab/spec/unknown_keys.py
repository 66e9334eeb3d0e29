"""What an unknown key was meant to be: a slip of a known one, another tool's word for it, or one put elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from trimtab.spec.advice import advice
from trimtab.spec.diagnostic import Applicability, Edit, Fix
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of, model_at
from trimtab.spec.positions import Entry, SpecPath
from trimtab.spec.suggest import closest, distance, plain
from trimtab.spec.synonyms import KEYS


class Suggestion(NamedTuple):
    """`target` is the key that was meant, or a path below the mapping (`resources.gpu`)."""

    words: str
    target: str
    trust: Applicability


def suggest_key(root: type[Model], tree: Any, path: SpecPath) -> Suggestion | None:
    """What the unknown last key of `path` stands for, if anything is near enough."""
    model, key = model_at(root, path[:-1]), str(path[-1])
    if model is None:
        return None
    free = [k for k in keys_of(model) if k not in mapping_at(tree, path[:-1])]
    return (
        _same_word(key, free)
        or _advice(key, model)
        or _synonym(key, model, free)
        or _slip(key, free)
        or _one_level_down(key, model)
        or _further_up(root, key, path)
        or _already_given(key, model)
    )


def mapping_at(tree: Any, path: SpecPath) -> Mapping[str, Any]:
    """The mapping at `path`; an empty one where something else stands."""
    for part in path:
        tree = tree[part]
    return tree if isinstance(tree, Mapping) else {}


def _did_you_mean(target: str, trust: Applicability) -> Suggestion:
    return Suggestion(f"did you mean `{target}`?", target, trust)


def _same_word(key: str, free: list[str]) -> Suggestion | None:
    same = next((k for k in free if plain(k) == plain(key)), None)
    return _did_you_mean(same, Applicability.SAFE) if same else None


def _advice(key: str, model: type[Model]) -> Suggestion | None:
    """Of what it names, the first key of the mapping is meant: it need not be reported as missing besides."""
    words = advice(model.__name__, plain(key))
    target = next((k for k in keys_of(model) if words and f"`{k}" in words), "")
    return Suggestion(words, target, Applicability.DISPLAY_ONLY) if words else None


def _slip(key: str, free: list[str]) -> Suggestion | None:
    near = closest(key, free)
    if near is None:
        return None
    trust = Applicability.SAFE if distance(plain(key), plain(near), 1) <= 1 else Applicability.UNSAFE
    return _did_you_mean(near, trust)


def _synonym(key: str, model: type[Model], free: list[str]) -> Suggestion | None:
    known = keys_of(model)
    for target in KEYS.get(plain(key), ()):
        head, _, rest = target.partition(".")
        if head in (known if rest else free):
            return _did_you_mean(target, Applicability.UNSAFE)
    return None


def _one_level_down(key: str, model: type[Model]) -> Suggestion | None:
    for name in keys_of(model):
        below = model_at(model, (name,))
        if below and (same := next((k for k in keys_of(below) if plain(k) == plain(key)), None)):
            return _did_you_mean(f"{name}.{same}", Applicability.UNSAFE)
    return None


def _further_up(root: type[Model], key: str, path: SpecPath) -> Suggestion | None:
    for depth in range(len(path) - 2, -1, -1):
        model = model_at(root, path[:depth])
        if model and key in keys_of(model):
            beside = path[depth]
            return Suggestion(f"`{key}` belongs beside `{beside}`", key, Applicability.DISPLAY_ONLY)
    return None


def _already_given(key: str, model: type[Model]) -> Suggestion | None:
    known = keys_of(model)
    near = next((k for k in KEYS.get(plain(key), ()) if k in known), None) or closest(key, known)
    words = f"`{near}` is given already"
    return Suggestion(words, near, Applicability.DISPLAY_ONLY) if near else None


def rename(suggestion: Suggestion, entry: Entry, holder: Mapping[str, Any], one_line: bool) -> Fix | None:
    """The edits that write what was meant, where that can be done in place."""
    if entry.key is None or suggestion.trust is Applicability.DISPLAY_ONLY:
        return None
    title = f"write `{suggestion.target}`"
    *outer, last = suggestion.target.split(".")
    if not outer:
        return Fix(title, suggestion.trust, (Edit(entry.key, last),))
    if outer[0] in holder or not one_line:
        return None
    opened = "".join(f"{name}: {{" for name in outer)
    end = entry.value._replace(line=entry.value.end_line, column=entry.value.end_column)
    return Fix(title, Applicability.UNSAFE, (Edit(entry.key, opened + last), Edit(end, "}" * len(outer))))
