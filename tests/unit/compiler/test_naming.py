"""Names that Kubernetes takes, from names that people write."""

from __future__ import annotations

import pytest
from compiled_specs import bundle, findings, spec
from hypothesis import given
from hypothesis import strategies as st

from trimtab.compiler.naming import LONGEST_RUN, dns_label, kebab
from trimtab.spec.rules import name_rules
from trimtab.spec.rules.name_rules import kubernetes_name

RUN = "{command: [python], code: {path: src}"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("classifier", "classifier"),
        ("buildFeatures", "build-features"),
        ("onHeldOut", "on-held-out"),
        ("myHTTPServer", "my-http-server"),
        ("H100", "h100"),
        ("step2Clean", "step2-clean"),
        ("a-b", "a-b"),
    ],
)
def test_camel_case_becomes_a_dns_label(written: str, name: str) -> None:
    assert kebab(written) == name


@given(st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,12}(-[a-zA-Z0-9]{1,9}){0,2}", fullmatch=True))
def test_the_language_warns_of_the_names_that_are_given(name: str) -> None:
    assert kebab(name) == kubernetes_name(name)


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    one, other = dns_label("a" * 40, longest=28), dns_label("a" * 41, longest=28)
    assert len(one) == len(other) == 28
    assert one != other
    assert dns_label("a" * 28, longest=28) == "a" * 28


def test_a_name_begins_with_a_letter() -> None:
    assert dns_label("3d") == "x-3d"


def test_runs_of_different_kinds_share_their_names() -> None:
    found = spec(f"""
data:
  datasets:
    raw:
      format: csv
      expect: {{rows: {{min: 1}}}}
  pipelines:
    rawContract: {RUN}, writes: [raw]}}
""")
    assert findings(found) == [("TT402", 10)]


def test_a_store_that_would_take_the_place_of_the_artifacts_own_is_refused() -> None:
    found = spec("data: {stores: {artifacts: {volume: {size: 1Gi}}}, datasets: {images: {}}}")
    assert [code for code, _ in findings(found)] == ["TT402"]


def test_a_run_is_named_short_enough_for_what_its_pods_add() -> None:
    name = "aTrainingWithAVeryLongNameThatNobodyWants"
    made = bundle(spec(f"training:\n  {name}: {RUN}}}"))
    assert [len(run.name) for run in made.runs] == [28] == [LONGEST_RUN] == [name_rules.LONGEST_RUN]
