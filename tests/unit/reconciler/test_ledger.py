"""Records, verdicts and last words: what is written reads back, and hostile words do no harm."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from bundles import at_least, at_most
from hypothesis import given
from hypothesis import strategies as st

from trimtab.compiler.bundle import RunKind
from trimtab.reconciler.ledger import (
    Inputs,
    Phase,
    Record,
    Verdict,
    from_body,
    record_name,
    to_body,
    to_status,
)
from trimtab.reconciler.verdicts import accepts, judge, missing_verdicts
from trimtab.reconciler.words import LIMIT, Words, parse

RECORD = Record(
    name="train-0123456789",
    run="train",
    kind=RunKind.TRAINING,
    key="v1:" + 64 * "0",
    recipe_digest="sha256:1",
    recipe={"command": ["python"]},
    inputs=Inputs({"images": "sha256:2"}, {"images": "data/images/1"}, "v1:3", "runs/x/1", "sha256:4", "7"),
    retries=3,
    opened="2026-11-01T00:00:00Z",
)


def done(**metrics: float | None) -> Record:
    return replace(RECORD, phase=Phase.SUCCEEDED, attempt=1, metrics=metrics)


@given(
    st.sampled_from(list(Phase)),
    st.dictionaries(
        st.text(max_size=5), st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=3
    ),
    st.lists(st.text(max_size=9), max_size=3),
)
def test_a_record_reads_back_as_it_was_written(
    phase: Phase, metrics: dict[str, float | None], problems: list[str]
) -> None:
    verdict = Verdict("sha256:r", "a >= 1", False, "because", "2026-11-01T00:00:00Z")
    record = replace(
        RECORD,
        phase=phase,
        attempt=2,
        metrics=metrics,
        problems=tuple(problems),
        verdicts=(verdict,),
        history={"l": (1.0,)},
    )
    body = json.loads(json.dumps({**to_body(record, "shop", "shop"), "status": to_status(record)}))
    assert from_body(body, "u", "5") == replace(record, uid="u", revision="5")


def test_a_bare_claim_reads_back() -> None:
    body = json.loads(json.dumps(to_body(RECORD, "shop", "shop")))
    assert from_body(body, "u", "1") == replace(RECORD, uid="u", revision="1")


def test_phases_only_advance_within_an_attempt() -> None:
    running = replace(RECORD, phase=Phase.RUNNING, attempt=1)
    assert running.may_become(Phase.SUCCEEDED, 1)
    assert running.may_become(Phase.QUEUED, 2)
    assert not running.may_become(Phase.QUEUED, 1)
    assert not replace(running, phase=Phase.FAILED).may_become(Phase.SUCCEEDED, 1)


def test_a_name_is_the_run_and_ten_digits_of_its_key() -> None:
    assert record_name("train", "v1:0123456789abcdef") == "train-0123456789"


@pytest.mark.parametrize(
    ("metrics", "accepted", "part"),
    [
        ({"accuracy": 0.95}, True, "accuracy is 0.95; the rule is accuracy >= 0.95"),
        ({"accuracy": 0.9499}, False, "accuracy is 0.9499"),
        ({"accuracy": None}, False, "accuracy was reported as NaN"),
        ({"loss": 1.0}, False, "did not report accuracy (it reported loss)"),
        ({}, False, "reported no metrics"),
    ],
)
def test_a_rule_judges_what_is_recorded(metrics: dict[str, float | None], accepted: bool, part: str) -> None:
    verdict = judge(done(**metrics), at_least("accuracy", 0.95), "now")
    assert (verdict.accepted, part in verdict.reason) == (True, True) if accepted else not verdict.accepted
    assert part in verdict.reason


def test_a_verdict_is_given_once_and_each_rule_counts() -> None:
    rules = (at_least("accuracy", 0.9), at_most("loss", 0.1))
    record = done(accuracy=0.95, loss=0.2)
    judged = replace(record, verdicts=missing_verdicts(record, rules, "now"))
    assert [v.accepted for v in judged.verdicts] == [True, False]
    assert missing_verdicts(judged, rules, "later") == ()
    assert (accepts(judged, rules[:1]), accepts(judged, rules), accepts(record, rules)) == (
        True,
        False,
        False,
    )
    assert not accepts(replace(judged, phase=Phase.FAILED), rules[:1])


def test_words_are_read_with_what_is_odd_left_out() -> None:
    text = json.dumps(
        {
            "v": 1,
            "metrics": {"a": 1, "b": "x", "c": True},
            "artifact": {"digest": "sha256:1"},
            "outputs": {"images": {"digest": "sha256:2"}, "odd": 3},
            "history": {"loss": [1, None, 0.5]},
            "restarts": -1,
        }
    )
    assert parse("noise\n" + text) == Words(
        metrics={"a": 1.0, "b": None, "c": None},
        artifact="sha256:1",
        outputs={"images": "sha256:2", "odd": ""},
        history={"loss": (1.0, 0.5)},
    )


@pytest.mark.parametrize(
    "text", ["", "  \n", "not json", "[1]", '{"v": 2}', "[" * 5000, '{"v": 1, "metrics": 3']
)
def test_words_that_say_nothing_are_a_sentence(text: str) -> None:
    assert isinstance(parse(text), str) or parse(text) == Words()


LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=9)
TREES = st.recursive(LEAVES, lambda t: st.lists(t) | st.dictionaries(st.text(max_size=9), t), max_leaves=8)


@given(TREES)
def test_no_words_can_break_the_reader(value: object) -> None:
    text = json.dumps(
        {"v": 1, "metrics": value, "outputs": value, "history": {"h": value}, "problems": value}
    )
    said = parse(text)
    assert isinstance(said, Words) or len(text) > LIMIT
    numbers = said.metrics.values() if isinstance(said, Words) else ()
    assert all(v is None or math.isfinite(v) for v in numbers)


def test_a_status_that_somebody_else_wrote_may_lack_all_but_its_phase() -> None:
    body = {**to_body(done(), "shop", "shop"), "status": {"phase": "Failed", "attempt": 2}}
    record = from_body(body, "uid", "7")
    assert (record.phase, record.attempt, record.metrics, record.verdicts) == (Phase.FAILED, 2, {}, ())
