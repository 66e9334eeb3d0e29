"""`explain` for places of the spec: straight from the model, examples in YAML that reads back as what it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.spec.explain_path import explain_path, flow
from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import fields_of, is_map, item_of, model_of
from trimtab.spec.yaml_reader import read


def test_a_page_says_what_a_place_is() -> None:
    page = explain_path("deployment.scorer.drain")
    assert page is not None
    assert page.startswith("# deployment.scorer.drain\n\nHow long a copy")
    assert "- type: duration, such as `10m`" in page
    assert "- default: `30s`" in page
    assert "drain: 30s" in page


def test_a_map_shows_the_keys_of_what_it_holds() -> None:
    page = explain_path("training.classifier.accept")
    assert page is not None
    assert "## Keys of each" in page
    assert "- `betterBy` (number): " in page


def test_a_key_is_listed_with_its_kind_its_choices_and_its_default() -> None:
    page = explain_path("training.classifier.retries")
    assert page is not None
    assert "- `times` (whole number, default `3`): " in page
    assert (
        "- `causes` (list of `disruption`, `outOfMemory`, `error`, default `[disruption, error]`): " in page
    )
    assert "- type: list of `slo`, `errors`, `drift`\n" in (
        explain_path("deployment.x.rollout.rollbackOn") or ""
    )
    assert "- `of` (name, required): " in (explain_path("monitoring.drift.inputs") or "")
    assert "- `reads` (list of names): " in (explain_path("training.classifier") or "")


def test_a_one_of_shows_its_variants_and_a_short_form_itself() -> None:
    assert "- exactly one of: `cron`, `every`, `after`" in (explain_path("data.pipelines.p.schedule") or "")
    assert "- written as: a number, or {min, max, target}" in (explain_path("deployment.x.replicas") or "")


@pytest.mark.parametrize(
    "path", ["", ".", "nope", "training.x.nope", "metadata.name.first", "training.x.nodes.2"]
)
def test_there_is_no_other_place(path: str) -> None:
    assert explain_path(path) is None


def places(kind: Any, path: tuple[str, ...] = ()) -> list[str]:
    if is_map(kind):
        return places(item_of(kind), (*path, "<name>"))
    model = model_of(kind)
    if model is None:
        return [".".join(path)]
    return [
        ".".join(path),
        *(p for key, f in fields_of(model).items() for p in places(f.annotation, (*path, key))),
    ]


@pytest.mark.parametrize(
    "section", list(fields_of(model_of(fields_of(MLSystem)["spec"].annotation) or MLSystem))
)
def test_every_place_has_a_page(section: str) -> None:
    spec = model_of(fields_of(MLSystem)["spec"].annotation)
    assert spec is not None
    for place in places(fields_of(spec)[section].annotation, (section,)):
        page = explain_path(place)
        assert page is not None, place
        assert page.startswith("# ")
        example = page.partition("```yaml\n")[2].partition("```")[0].split("# or\n")
        assert all(not read(text, "x.yaml").diagnostics for text in example if text), place


VALUES: Any = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(r"[a-zA-Z]\w{0,8}", fullmatch=True), inner),
    max_leaves=12,
)


@given(VALUES)
def test_flow_style_reads_back_as_what_it_is(value: Any) -> None:
    found = read(f"x: {flow(value)}\n", "x.yaml")
    assert found.tree == {"x": value}


def test_a_page_says_what_a_map_is_keyed_by_and_where_to_ask_on() -> None:
    assert "- type: map of metric names to mappings\n" in (explain_path("training.classifier.accept") or "")
    assert "- type: map of names to values\n" in (explain_path("training.classifier.params") or "")
    page = explain_path("data.stores") or ""
    assert page.endswith("Each key has a page: `trimtab explain data.stores.<name>.volume`.\n")
    assert explain_path("data.stores.<name>.volume")


def test_what_an_override_sets_is_what_the_spec_says_there() -> None:
    overridden = explain_path("environments.prod.overrides.training.classifier.nodes")
    assert overridden == explain_path("training.classifier.nodes")
    assert overridden is not None
    assert explain_path("environments.prod.overrides.training.classifier.nods") is None


def test_keys_of_a_platform_alone_are_explained() -> None:
    page = explain_path("compute.queues.risk.quota")
    assert page is not None
    assert "How many GPUs" in page
