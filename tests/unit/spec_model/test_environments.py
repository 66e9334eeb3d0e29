"""Which environment is meant, and what its overrides make of the spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trimtab.spec.diagnostic import Severity
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

SPEC = """
data:
  stores:
    lake: {uri: s3://acme, region: eu-central-1}
compute:
  pools:
    cpu: {node: {cpu: 4, memory: 16Gi}, nodes: 4}
training:
  model: {image: example.com/t@sha256:DIGEST, command: [train], pool: cpu, nodes: 2, launcher: torchrun, seed: 1}
""".replace("DIGEST", 64 * "0")


def with_environments(text: str) -> str:
    return SPEC + "environments:\n" + "".join(f"  {line}\n" for line in text.strip().splitlines())


def test_without_environments_it_runs_on_this_machine(resolved: Any) -> None:
    result = resolved(SPEC)
    assert result.diagnostics == ()
    assert result.environment_name == "local"
    assert result.environment.run_on.local
    assert result.system.spec.training["model"].nodes == 2


def test_the_only_environment_is_meant(resolved: Any) -> None:
    assert resolved(with_environments("prod: {runOn: us-east}")).environment_name == "prod"


def test_the_default_environment_is_meant(resolved: Any) -> None:
    text = with_environments("a: {runOn: local}\nb: {runOn: c}") + "defaultEnvironment: b\n"
    assert resolved(text).environment_name == "b"
    assert resolved(text, "a").environment_name == "a"


def test_one_of_several_must_be_named(resolved: Any) -> None:
    (found,) = resolved(with_environments("a: {}\nb: {}")).diagnostics
    assert (found.code, found.span.line) == ("TT202", 13)
    assert "`a` and `b`" in found.message


def test_an_unknown_environment_lists_what_exists(resolved: Any) -> None:
    (found,) = resolved(with_environments("staging: {}\nprod: {}"), "stagin").diagnostics
    assert found.code == "TT202"
    assert "did you mean `staging`" in found.message


def test_maps_merge_by_key(resolved: Any) -> None:
    result = resolved(with_environments("small: {overrides: {training: {model: {nodes: 1}}}}"))
    assert result.diagnostics == ()
    training = result.system.spec.training["model"]
    assert (training.nodes, training.pool) == (1, "cpu")
    assert result.positions.value(("spec", "training", "model", "nodes")).line == 14
    assert result.positions.value(("spec", "training", "model", "pool")).line == 12


def test_another_variant_of_a_one_of_replaces_it(resolved: Any) -> None:
    result = resolved(with_environments("here: {overrides: {data: {stores: {lake: {volume: {size: 1Gi}}}}}}"))
    assert result.diagnostics == ()
    lake = result.system.spec.data.stores["lake"]
    assert (lake.chosen, lake.uri, lake.region) == ("volume", None, None)


def test_a_short_form_is_merged_in_its_long_form(resolved: Any) -> None:
    result = resolved(with_environments("big: {overrides: {compute: {pools: {cpu: {nodes: {max: 9}}}}}}"))
    nodes = result.system.spec.compute.pools["cpu"].nodes
    assert (nodes.min, nodes.max) == (4, 9)


def test_null_removes(resolved: Any) -> None:
    result = resolved(with_environments("free: {overrides: {training: {model: {seed: null}}}}"))
    assert result.diagnostics == ()
    assert result.system.spec.training["model"].seed is None


@pytest.mark.parametrize("idle", ["{nodes: 2}", "{parallelism: null}", "{command: [train]}", "{}"])
def test_an_override_that_changes_nothing_is_a_finding(resolved: Any, idle: str) -> None:
    result = resolved(with_environments(f"same: {{overrides: {{training: {{model: {idle}}}}}}}"))
    (found,) = result.diagnostics
    assert (found.code, found.severity, found.span.line) == ("TT203", Severity.WARNING, 14)


def test_an_error_of_an_override_is_found_there(resolved: Any) -> None:
    result = resolved(with_environments("bad: {overrides: {training: {model: {nodes: two}}}}"))
    (found,) = result.diagnostics
    assert result.system is None
    assert found.span.line == 14
    assert found.span.column == 49


def test_an_unknown_key_of_an_override_is_found_there(resolved: Any) -> None:
    (found,) = resolved(with_environments("bad: {overrides: {trainings: {model: {nodes: 2}}}}")).diagnostics
    assert found.span.line == 14
    assert "training" in found.message


def test_what_is_wrong_in_overrides_is_told_with_the_rest(resolved: Any) -> None:
    """Of every environment, and not what an override would lack without what it is laid over."""
    bad = with_environments(
        "bad: {overrides: {training: {model: {nods: 2}}}}\n"
        "worse: {overrides: {training: {model: {seed: one}}, environments: {}}}"
    )
    found = resolved(bad.replace("command:", "comand:")).diagnostics
    assert [(d.code, d.span.line) for d in found] == [
        ("TT101", 12),
        ("TT101", 14),
        ("TT103", 15),
        ("TT204", 15),
    ]


def test_an_override_cannot_choose_the_environment(resolved: Any) -> None:
    (found,) = resolved(with_environments("bad: {overrides: {defaultEnvironment: bad}}")).diagnostics
    assert (found.code, found.span.line) == ("TT204", 14)


def test_a_reference_broken_by_an_override_is_found_there(resolved: Any) -> None:
    (found,) = resolved(with_environments("bad: {overrides: {training: {model: {pool: gpu}}}}")).diagnostics
    assert (found.code, found.span.line) == ("TT201", 14)
    assert "`gpu`" in found.message


def test_every_environment_of_the_big_example_resolves() -> None:
    for path in sorted((Path(__file__).parent / "specs").glob("*.yaml")):
        loaded = load(path.read_text(), path.name)
        assert loaded.diagnostics == ()
        assert loaded.system is not None
        names: list[str | None] = [*loaded.system.spec.environments]
        for name in names or [None]:
            assert resolve(loaded, name).diagnostics == ()
