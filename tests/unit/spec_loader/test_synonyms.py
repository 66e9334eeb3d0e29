"""Suggestions point into the language: what they name exists there."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest

from trimtab.spec.advice import ADVICE
from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import child, fields_of, item_of, model_of
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of
from trimtab.spec.section_order import ROOT, SPEC
from trimtab.spec.suggest import closest, distance, listed, plain
from trimtab.spec.synonyms import KEYS, VALUES

FREE = "params"
"""Below it names are the author's, so a synonym may put anything there."""


def models(kind: Any = MLSystem, seen: set[type[Model]] | None = None) -> set[type[Model]]:
    seen = set() if seen is None else seen
    model = model_of(kind)
    if model is not None and model not in seen:
        seen.add(model)
        for field in fields_of(model).values():
            models(field.annotation, seen)
    elif model is None and (item := item_of(kind)) is not None:
        models(item, seen)
    return seen


MODELS = models()


def words(kind: Any) -> set[str]:
    if get_origin(kind) is Literal:
        return {str(word) for word in get_args(kind)}
    return {word for argument in get_args(kind) for word in words(argument)}


def exists(target: str) -> bool:
    head, _, rest = target.partition(".")
    holders = [model for model in MODELS if head in fields_of(model)]
    if not rest or head == FREE:
        return bool(holders)
    return any(_below(child(model, head), rest) for model in holders)


def _below(kind: Any, key: str) -> bool:
    model = model_of(kind)
    return model is not None and key in fields_of(model)


@pytest.mark.parametrize("word", KEYS)
def test_a_synonym_of_a_key_names_keys(word: str) -> None:
    assert word == plain(word)
    assert [target for target in KEYS[word] if not exists(target)] == []


@pytest.mark.parametrize("word", VALUES)
def test_a_synonym_of_a_value_names_a_choice(word: str) -> None:
    choices = {w for model in MODELS for f in fields_of(model).values() for w in words(f.annotation)}
    assert word == plain(word)
    assert VALUES[word] in choices


@pytest.mark.parametrize("name", ADVICE)
def test_advice_is_of_a_class_and_names_no_key_of_it(name: str) -> None:
    keys = {plain(key) for model in MODELS if model.__name__ == name for key in fields_of(model)}
    assert keys
    assert all(word == plain(word) and word not in keys for word in ADVICE[name])


def test_sections_are_ordered_as_the_language_describes_them() -> None:
    assert keys_of(MLSystem) == ROOT
    assert {key for model in [model_of(child(MLSystem, "spec"))] if model for key in fields_of(model)} == set(
        SPEC
    )


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("nodez", "nodes"),
        ("ndoes", "nodes"),
        ("node_s", "nodes"),
        ("Nodes", "nodes"),
        ("evn", "env"),
        ("seeed", "seed"),
    ],
)
def test_slips_are_understood(word: str, meant: str) -> None:
    assert closest(word, ["image", "nodes", "env", "seed"]) == meant


@pytest.mark.parametrize("word", ["cpu", "x", "", "nothing", "imagination"])
def test_other_words_are_not_slips(word: str) -> None:
    assert closest(word, ["gpu", "image", "nodes"]) is None


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbcd", 2), ("abc", "xyz", 3)],
)
def test_distance_counts_edits(a: str, b: str, apart: int) -> None:
    assert distance(a, b, 3) == distance(b, a, 3) == apart


def test_words_are_listed_as_people_do() -> None:
    assert [listed("a"), listed("ab"), listed("abc", "and")] == ["`a`", "`a` or `b`", "`a`, `b` and `c`"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("pth", "path"), ("mx", "max"), ("ur", "uri"), ("ath", None), ("cpu", None), ("p", None)],
)
def test_a_short_word_may_lack_a_letter_but_not_its_first(word: str, meant: str | None) -> None:
    assert closest(word, ["gpu", "path", "max", "uri"]) == meant
