"""Rules about names: what becomes of them in Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from trimtab.spec.diagnostic import Severity
from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.facts import DEPLOYMENT, PIPELINES, STORES, TRAINING
from trimtab.spec.rules.registry import Context, Found, rule

LONGEST_RUN = 28
"""What is left of 63 characters for a run's name beside its key, its attempt and Kubernetes' own suffixes."""
LONGEST_NAME = 63
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(
    r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
)
RESERVED = ("kubernetes.io/", "k8s.io/", "trimtab.dev/")


@lru_cache(4096)
def kubernetes_name(*parts: str) -> str:
    """`onHeldOut` becomes `on-held-out`."""
    return "-".join(_WORD_STARTS.sub("-", part).lower() for part in parts)


@rule("TT290")
def names_stay_apart(context: Context) -> Iterator[Found]:
    """Kubernetes knows no capitals: `fooBar` and `foo-bar` become one name."""
    for scope in (
        _runs(context),
        _below(context.spec.deployment, DEPLOYMENT),
        _below(context.spec.data.stores, STORES),
    ):
        taken: dict[str, SpecPath] = {}
        for name, at in scope:
            first = taken.setdefault(name, at)
            if first != at:
                message = f"this becomes `{name}` in Kubernetes, and so does another; rename one"
                yield Found(at, message, (("the other one", first),), on_key=True)


@rule("TT291", Severity.WARNING)
def names_are_not_cut(context: Context) -> Iterator[Found]:
    """A run's name with its key, its attempt and Kubernetes' own suffixes has 63 characters."""
    for name, at in _runs(context):
        if len(name) > LONGEST_RUN:
            message = f"`{name}` is longer than {LONGEST_RUN} characters and will be cut in Kubernetes"
            yield Found(at, message, on_key=True)
    system = context.system.metadata.name
    for name, at in (*_below(context.spec.deployment, DEPLOYMENT), *_below(context.spec.data.stores, STORES)):
        if len(name) + len(system) + 1 > LONGEST_NAME:
            yield Found(
                at, f"`{system}-{name}` is longer than {LONGEST_NAME} characters and will be cut", on_key=True
            )


def _runs(context: Context) -> Iterator[tuple[str, SpecPath]]:
    yield from _below(context.spec.data.pipelines, PIPELINES)
    for name, training in context.spec.training.items():
        yield kubernetes_name(name), (*TRAINING, name)
        for key in training.evaluate:
            yield kubernetes_name(name, key), (*TRAINING, name, "evaluate", key)


def _below(names: object, at: SpecPath) -> Iterator[tuple[str, SpecPath]]:
    for name in names:  # type: ignore[attr-defined]
        yield kubernetes_name(name), (*at, name)


@rule("TT292")
def labels_are_labels(context: Context) -> Iterator[Found]:
    """Kubernetes takes labels of 63 characters at most, without spaces."""
    at: SpecPath = ("metadata", "labels")
    for key, value in context.system.metadata.labels.items():
        if any(key.partition("/")[0].endswith(r.rstrip("/")) and "/" in key for r in RESERVED):
            yield Found((*at, key), f"`{key}` is kept for Kubernetes and Trimtab", on_key=True)
        elif not _LABEL_KEY.fullmatch(key):
            yield Found((*at, key), f"`{key}` is no label that Kubernetes takes", on_key=True)
        elif not _LABEL_VALUE.fullmatch(value):
            message = f"`{value}` is no value of a label: at most 63 letters, digits, `-`, `_` and `.`"
            yield Found((*at, key), message)
