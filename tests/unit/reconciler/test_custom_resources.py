"""The definitions of our own kinds: what the API server takes, what `kubectl` shows, and what we write into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundles import shop
from custom_resources import flaws, refused, schema_of
from hypothesis import given
from hypothesis import strategies as st
from ledger_records import RECORD
from sound_specs import mirrors

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import baselines, ledger, summary, system
from trimtab.reconciler.actions import Plan
from trimtab.reconciler.cluster import PART_OF
from trimtab.reconciler.crds import definitions, files
from trimtab.reconciler.desired import desired_object
from trimtab.reconciler.ledger import Phase, Verdict
from trimtab.reconciler.state import Baseline, Served, SystemRecord

ROOT = Path(__file__).parents[3]
SYSTEM, RUN = (schema_of(definition) for definition in definitions())
LARGEST = 1024 * 1024
"""Bytes of an object that etcd takes; the last-applied annotation of a client may double it."""

NOW = "2026-11-01T00:00:00Z"


def test_the_committed_definitions_are_current() -> None:
    for path, text in files().items():
        assert (ROOT / "schemas" / path).read_text(encoding="utf-8") == text, f"{path}: run tools/generate.py"


@pytest.mark.parametrize("definition", definitions(), ids=lambda d: d["metadata"]["name"])
def test_a_definition_is_structural_and_small(definition: dict[str, Any]) -> None:
    assert list(flaws(schema_of(definition))) == []
    assert len(json.dumps(definition)) < LARGEST / 4


def test_the_checker_itself_sees_what_is_not_structural() -> None:
    assert list(
        flaws({"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}})
    )
    assert list(flaws({"type": ["string", "null"]}))
    assert list(flaws({"type": "string", "anyOf": [{"type": "string"}], "$ref": "#/x"}))


def test_every_key_of_the_language_is_explained() -> None:
    def silent(schema: dict[str, Any], at: str) -> Iterator[str]:
        for key, inner in schema.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{at}.{key}"
            yield from silent(inner, f"{at}.{key}")
        if isinstance(held := schema.get("additionalProperties"), dict):
            yield from silent(held, f"{at}.<name>")

    assert list(silent(SYSTEM["properties"]["spec"], "spec")) == []
    retries = SYSTEM["properties"]["spec"]["properties"]["training"]["additionalProperties"]["properties"][
        "retries"
    ]
    assert "Written as a whole number or a mapping." in retries["description"]
    assert retries["properties"]["times"]["description"] == "How often at most. Default: 3."


def test_the_mirror_of_every_sound_spec_is_taken() -> None:
    assert len(mirrors()) > 5
    assert {name: wrong for name, spec in mirrors() if (wrong := refused(SYSTEM, {"spec": spec}))} == {}


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"training": {"fit": {"nodes": "two"}}}, "'two' is not of type 'integer'"),
        ({"training": {"fit": {"node": 2}}}, ".node is unknown"),
        ({"data": {"stores": {"a": {"uri": "s3://a", "claim": "b"}}}}, "valid under each of"),
        ({"data": {"stores": {"a": {"claim": "b", "region": "c"}}}}, "is not valid under any"),
    ],
)
def test_what_is_no_spec_is_refused(spec: dict[str, Any], why: str) -> None:
    assert any(why in reason for reason in refused(SYSTEM, {"spec": spec}))


def test_a_system_is_the_parent_of_its_set() -> None:
    mirror = system.manifest_of(shop(), "git:x", "uid").body["metadata"]
    member = desired_object(shop().manifests[1].body, shop())[0]["metadata"]
    assert mirror["labels"]["applyset.kubernetes.io/id"] == member["labels"][PART_OF]
    kinds = mirror["annotations"]["applyset.kubernetes.io/contains-group-kinds"]
    assert kinds == "ConfigMap,Deployment.apps"


def test_the_status_of_a_system_is_taken() -> None:
    record = SystemRecord("uid", "1", 3)
    served = Served("classifier-0123456789", "v1:0", "runs/classifier/0", "sha256:0", NOW)
    conditions = system.conditions_of(Plan((), (), ()), {}, NOW)
    status = system.status_of(
        record,
        {"web": served},
        baselines.pack({Ref("v1", "ConfigMap", "a", "b"): Baseline("a", "b")}),
        conditions,
        40 * "a",
    )
    mirror = system.manifest_of(shop(), "git:x", "uid")
    assert refused(SYSTEM, {**mirror.body, "spec": {}, "status": status}) == []
    assert status["summary"] == {"serving": "web=classifier-0123456789", "commit": 10 * "a"}
    assert {c["type"]: (c["status"], c["observedGeneration"]) for c in status["conditions"]} == {
        "Ready": ("True", 3),
        "Reconciling": ("False", 3),
        "Stalled": ("False", 3),
    }


@given(
    st.sampled_from(list(Phase)),
    st.dictionaries(
        st.text(max_size=5), st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=3
    ),
    st.lists(st.text(max_size=9), max_size=3),
)
def test_every_record_is_taken(phase: Phase, metrics: dict[str, float | None], problems: list[str]) -> None:
    record = replace(
        RECORD,
        phase=phase,
        metrics=metrics,
        problems=tuple(problems),
        history={"loss": (2.1, 0.4)},
        outputs={"images": "sha256:1"},
        verdicts=(Verdict("sha256:r", "a >= 1", False, "because", NOW),),
    )
    body = {**ledger.to_body(record, "shop", "shop"), "status": ledger.to_status(record)}
    assert refused(RUN, body) == []


def test_a_cell_of_a_table_says_what_a_person_wants_to_know() -> None:
    assert (
        summary.metrics({"loss": 0.041268, "accuracy": 0.98, "bad": None})
        == "accuracy=0.98 bad=? loss=0.04127"
    )
    assert len(summary.metrics({f"metric{n}": 1.0 for n in range(20)})) == summary.WIDEST
    assert summary.commit("0123456789abcdef-dirty") == "0123456789-dirty"


def test_the_newest_rules_decide_what_a_verdict_is() -> None:
    old = Verdict("sha256:1", "a >= 1", False, "a is 0.9", NOW)
    new = [Verdict(f"sha256:{n}", "a >= 0.8", True, "a is 0.9", "2026-11-02T00:00:00Z") for n in (2, 3)]
    assert summary.verdict(()) == ""
    assert summary.verdict((old,)) == "rejected"
    assert summary.verdict((old, *new)) == "accepted"
    assert summary.verdict((old, new[0], replace(new[1], accepted=False))) == "rejected"
