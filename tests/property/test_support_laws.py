"""No field of the language is accepted and dropped: each is compiled into something, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from compiled_specs import CLUSTER, LOCAL
from spec_trees import Path, compiled, resolved, tree, with_value

from trimtab.compiler.bundle import Bundle
from trimtab.compiler.diagnostics import Findings
from trimtab.compiler.support import LOCALLY, ONLY, SUPPORTED, patterns, refuse_unsupported
from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import child, fields_of, is_map, item_of, model_of
from trimtab.spec.positions import Entry, Positions, Span, SpecPath
from trimtab.spec.resolve import Resolved

SPAN = Span("mlsystem.yaml", 1, 1, 1, 2)
DATA, TRAINING = ("data",), ("training", "classifier")
PIPELINE, EVALUATION = (*DATA, "pipelines", "prepare"), (*TRAINING, "evaluate", "onHeldOut")
ENDPOINT, DRIFT = ("deployment", "recognizer"), ("monitoring", "drift", "inputs")
COLUMN = (*DATA, "datasets", "images", "expect", "columns", "pixels")


def workload(path: Path) -> dict[Path, Any]:
    return {
        (*path, "command"): ["python", "-m", "digits.other"],
        (*path, "env"): {"A": "1"},
        (*path, "env", "B"): {"secret": "hf", "key": "token"},
        (*path, "env", "C"): {"secretFile": "hf", "key": "token"},
        (*path, "env", "D"): {"secretFile": "hf", "key": "other"},
        (*path, "pool"): "other",
        (*path, "resources"): {"cpu": 3, "memory": "1Gi"},
        (*path, "resources", "memory"): "3Gi",
        (*path, "resources", "storage"): "3Gi",
        (*path, "resources", "sharedMemory"): "100Mi",
        (*path, "reads"): ["pinned"],
        (*path, "timeout"): "7m",
        (*path, "retries"): 7,
    }


CHANGES: dict[Path, Any] = {
    ("metadata", "name"): "other",
    ("metadata", "namespace"): "other",
    ("metadata", "labels", "team"): "other",
    ("metadata", "annotations", "owner"): "somebody",
    (*DATA, "stores", "scratch", "volume", "size"): "2Gi",
    (*DATA, "stores", "scratch", "volume", "class"): "fast",
    (*DATA, "stores", "scratch", "volume", "access"): "one",
    (*DATA, "artifacts", "store"): "scratch",
    (*DATA, "artifacts", "path"): "models",
    (*DATA, "datasets", "images", "store"): "scratch",
    (*DATA, "datasets", "images", "path"): "elsewhere",
    (*DATA, "datasets", "images", "version"): "2026-11-01",
    (*DATA, "datasets", "images", "expect", "rows", "min"): 3,
    (*DATA, "datasets", "images", "expect", "rows", "max"): 3000,
    (*DATA, "datasets", "images", "expect", "freshness", "max"): "1d",
    (*COLUMN, "type"): "int",
    (*COLUMN, "min"): 0.5,
    (*COLUMN, "max"): 0.5,
    (*COLUMN, "values"): [1],
    (*COLUMN[:-1], "name", "pattern"): "x",
    (*COLUMN, "nulls", "max"): "1%",
    (*COLUMN, "duplicates"): {"max": "1%"},
    **workload(PIPELINE),
    (*PIPELINE, "writes"): ["images", "heldOut", "more"],
    ("compute", "pools", "cpu", "node", "cpu"): 8,
    ("compute", "pools", "cpu", "node", "memory"): "32Gi",
    **workload(TRAINING),
    (*TRAINING, "processes"): 2,
    (*TRAINING, "nodes"): 3,
    (*TRAINING, "launcher"): "plain",
    (*TRAINING, "params", "epochs"): 1,
    (*TRAINING, "seed"): 0,
    (*TRAINING, "attempt"): 2,
    (*TRAINING, "accept"): {"loss": {"max": 0.4}},
    (*TRAINING, "checkpoint", "every"): "3s",
    (*TRAINING, "checkpoint", "keep"): 3,
    (*TRAINING, "checkpoint", "to"): None,
    **workload(EVALUATION),
    (*EVALUATION, "params"): {"batch": 1},
    (*EVALUATION, "accept", "accuracy", "min"): 0.5,
    (*EVALUATION, "accept", "accuracy", "max"): 0.99,
    **{p: v for p, v in workload(ENDPOINT).items() if p[2] in {"env", "resources"}},
    (*ENDPOINT, "drain"): "1m",
    (*ENDPOINT, "replicas", "min"): 1,
    (*ENDPOINT, "replicas", "max"): 9,
    (*ENDPOINT, "replicas", "target", "cpu"): "50%",
    (*ENDPOINT, "capture", "writes"): ["more"],
    (*ENDPOINT, "capture", "sample"): "10%",
    ("security", "podSecurity"): "baseline",
    ("security", "network", "egress"): ["10.0.0.0/8:443"],
    (*DRIFT, "schedule", "every"): "1h",
    (*DRIFT, "accept", "psi", "max"): 0.5,
    (*DRIFT, "accept", "psi", "min"): 0.0,
    (*DRIFT, "accept", "psi", "minSamples"): 100,
}
"""A change for each path that can be compiled."""


@cache
def unchanged(environment: str) -> Bundle:
    return compiled(tree(), environment)


def without_spec(found: Bundle) -> Bundle:
    return replace(found, spec={}, digest="")


@pytest.mark.parametrize(
    ("path", "value"), CHANGES.items(), ids=lambda x: ".".join(x) if isinstance(x, tuple) else ""
)
def test_what_is_compiled_can_be_seen_in_what_it_means(path: Path, value: Any) -> None:
    assert without_spec(compiled(with_value(path, value))) != without_spec(unchanged("laptop"))


def test_what_a_cluster_is_told_besides() -> None:
    """Images by digest, which this machine does not run, and secrets by the name they have there."""
    for path, value in {
        (*PIPELINE, "image"): "example.com/other@sha256:" + 64 * "1",
        (*TRAINING, "image"): "example.com/other@sha256:" + 64 * "1",
        (*EVALUATION, "image"): "example.com/other@sha256:" + 64 * "1",
        ("environments", "cluster", "runtimeImage"): "example.com/other@sha256:" + 64 * "1",
    }.items():
        after = compiled(with_value(path, value), "cluster")
        assert without_spec(after) != without_spec(unchanged("cluster")), path


def test_the_table_of_changes_is_whole() -> None:
    """Whoever teaches the compiler a path says here what it changes, or why it changes nothing."""
    unseen = {
        "apiVersion", "kind", "spec.defaultEnvironment", "spec.environments.*.runOn.runs",
        "spec.environments.*.overrides.**", "spec.platform",  # chosen or merged before the compiler sees it
        "spec.clusters.*.context", "spec.clusters.*.groups", "spec.clusters.*.provider", "spec.clusters.*.region",
        "spec.data.datasets.*.format",  # readers tell it by the files' names
        "spec.deployment.*.pool",  # seen where `resources` are left out
        "spec.deployment.*.model", "spec.monitoring.drift.*.of", "spec.monitoring.drift.*.against",
        "spec.deployment.*.server.torch", "spec.security.secrets.*.existing",  # references, tested by themselves
    }  # fmt: skip
    covered = {_pattern(path) for path in CHANGES}
    known = set(patterns(SUPPORTED)) - set(ONLY) - unseen
    for pattern in sorted(known):
        if pattern.rpartition(".")[2] in {"image", "runtimeImage", "goal"} or ".code." in pattern:
            continue
        stem = pattern.removesuffix(".**")
        assert any(c == stem or c.startswith(stem + ".") or stem.startswith(c + ".") for c in covered), (
            pattern
        )


def test_nothing_is_claimed_that_the_language_does_not_have() -> None:
    known = {".".join(path) for path in _paths(MLSystem)}
    for pattern in (*patterns(SUPPORTED), *patterns(LOCALLY)):
        assert pattern.removesuffix(".**") in known, pattern
    assert set(ONLY) <= set(patterns(SUPPORTED))


@pytest.mark.parametrize("capabilities", [LOCAL, CLUSTER], ids=["local", "kubernetes"])
def test_every_other_key_of_the_language_is_refused_by_name(capabilities: Any) -> None:
    table = [*patterns(SUPPORTED), *(patterns(LOCALLY) if capabilities.is_local else [])]
    for path in _paths(MLSystem):
        pattern = ".".join(path)
        if not any(_covers(known, pattern) for known in table):
            written = tuple("laptop" if segment == "*" else segment for segment in path)
            assert _refused(written, capabilities), pattern


@cache
def example() -> Resolved:
    return resolved(tree())


def _refused(path: SpecPath, capabilities: Any) -> bool:
    """As if `path` alone had been written."""
    positions = Positions({path[:length]: Entry(SPAN, SPAN) for length in range(len(path) + 1)})
    findings = Findings(positions)
    refuse_unsupported(replace(example(), positions=positions), capabilities, findings)
    return [d.code for d in findings.found] == ["TT401"]


def _covers(known: str, pattern: str) -> bool:
    """A part of what is known is known too: it is a mapping on the way."""
    stem = known.removesuffix(".**")
    return known == pattern or known.startswith(pattern + ".") or (known != stem and pattern.startswith(stem))


def _pattern(path: Path) -> str:
    """The path with `*` for each name."""
    kind, segments = MLSystem, []
    for key in path if path[0] == "metadata" else ("spec", *path):
        segments.append("*" if is_map(kind) else key)
        kind = child(kind, key)
    return ".".join(segments)


def _paths(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of the language, `*` for names."""
    if path:
        yield path
    model = model_of(kind)
    if model is not None:
        for key in fields_of(model):
            yield from _paths(child(model, key), (*path, key))
    elif is_map(kind):
        inner = item_of(kind)
        yield from _paths(inner, (*path, "*")) if model_of(inner) or is_map(inner) or inner is str else ()
