"""No field of the language is accepted and dropped: each is compiled into something, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from compiled_specs import CLUSTER, LOCAL
from spec_changes import CHANGES
from spec_trees import Path, compiled, place, resolved, tree, with_value

from trimtab.compiler.bundle import Bundle
from trimtab.compiler.diagnostics import Findings
from trimtab.compiler.support import LOCALLY, ONLY, SUPPORTED, patterns, refuse_unsupported
from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import child, fields_of, is_map, item_of, model_of
from trimtab.spec.positions import Entry, Positions, Span, SpecPath
from trimtab.spec.resolve import Resolved

SPAN = Span("mlsystem.yaml", 1, 1, 1, 2)
PIPELINE, TRAINING = ("data", "pipelines", "prepare"), ("training", "classifier")
EVALUATION, ENDPOINT = (*TRAINING, "evaluate", "onHeldOut"), ("deployment", "recognizer")


@cache
def unchanged(environment: str) -> Bundle:
    return compiled(tree(), environment)


def without_spec(found: Bundle) -> Bundle:
    return replace(found, spec={})


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


GPUS = ("compute", "pools", "cpu", "accelerator")


def test_what_a_cluster_is_told_of_gpus() -> None:
    """This machine gives out none."""
    before = compiled(with_value(GPUS, {"type": "H100", "perNode": 8}), "cluster")
    for path, value in {
        GPUS: {"type": "H200", "perNode": 8},
        (*GPUS, "perNode"): 4,
        **{(*each, "resources", "gpu"): 1 for each in (PIPELINE, TRAINING, EVALUATION, ENDPOINT)},
    }.items():
        changed = with_value(GPUS, {"type": "H100", "perNode": 8})
        place(changed, path, value)
        assert without_spec(compiled(changed, "cluster")) != without_spec(before), path


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
        "spec.compute.pools.*.accelerator.type", "spec.compute.pools.*.accelerator.perNode",  # above
    }  # fmt: skip
    covered = {_pattern(path) for path in CHANGES}
    known = set(patterns(SUPPORTED)) - set(ONLY) - unseen
    for pattern in sorted(known):
        if pattern.rpartition(".")[2] in {"image", "runtimeImage", "goal", "gpu"} or ".code." in pattern:
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
    alone: Any = "x"
    for key in reversed(path):
        alone = {key: alone}
    refuse_unsupported(example()._replace(positions=positions, tree=alone), capabilities, findings)
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
