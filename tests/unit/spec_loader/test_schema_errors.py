"""Schema errors: where they are put, which are one, and what their fixes make of the text.

What each kind of error says is shown by its page, and by the corpus.
"""

from __future__ import annotations

from textwrap import indent

import pytest

from trimtab.spec.diagnostic import Applicability, Diagnostic
from trimtab.spec.fixes import apply_fixes
from trimtab.spec.load import load
from trimtab.spec.text_lines import text_at

HEAD = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: fraud}\nspec:\n"
TRAINING = """\
compute: {pools: {cpu: {node: {cpu: 4, memory: 16Gi}}}}
training:
  classifier:
    image: registry.example.com/fraud/train@sha256:%s
    command: [python, -m, train]
    pool: cpu
""" % ("0" * 64)


def spec(body: str) -> str:
    return HEAD + indent(body, "  ")


def training(*lines: str) -> str:
    return spec(TRAINING + "".join(f"    {line}\n" for line in lines))


def found(text: str) -> list[Diagnostic]:
    return list(load(text, "x.yaml").diagnostics)


def only(text: str) -> Diagnostic:
    (diagnostic,) = found(text)
    return diagnostic


def fixed(text: str, *, unsafe: bool = False) -> str:
    return apply_fixes(text, "x.yaml", found(text), unsafe=unsafe).text


def test_a_missing_key_and_its_misspelling_are_one_finding() -> None:
    text = spec("data: {stores: {lake: {volume: {siez: 1Gi}}}}\n")
    diagnostic = only(text)
    assert diagnostic.code == "TT101"
    assert text_at(text, diagnostic.span) == "siez"
    assert found(fixed(text)) == []


def test_a_missing_key_is_shown_at_the_mapping_that_lacks_it() -> None:
    text = spec("data: {stores: {lake: {volume: {}}}}\n")
    assert text_at(text, only(text).span) == "volume"


def test_a_finding_inside_a_shorthand_is_at_what_was_written() -> None:
    text = training("timeout: soon")
    assert text_at(text, only(text).span) == "soon"


def test_a_value_made_from_a_bad_one_is_not_reported_again() -> None:
    text = HEAD.replace("fraud", "Fraud").replace("spec:", "spec: {}")
    assert text_at(text, only(text).span) == "Fraud"


def test_a_list_is_not_too_short_because_an_item_is_wrong() -> None:
    text = spec("compute: {pools: {cpu: {node: {cpu: 1, memory: 1Gi}, capacity: [spott]}}}\n")
    assert only(text).code == "TT105"


def test_what_the_reader_refused_is_not_refused_again() -> None:
    assert only(training("nodes: 0755")).code == "TT019"


def test_an_error_replaces_the_warning_about_the_same_value() -> None:
    assert only(training("nodes: no")).code == "TT103"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("on_change: stop", "onChange: stop"),
        ("on-change: stop  # why", "onChange: stop  # why"),
        ("sede: 7", "seed: 7"),
        ("'sede': 7", "seed: 7"),
        ("launcher: torchrum", "launcher: torchrun"),
        ("launcher: 'TORCHRUN'", "launcher: torchrun"),
        ('nodes: "2"', "nodes: 2"),
        ("reads: images  # all", "reads: [images]  # all"),
        ("base: 1234e56", 'base: "1234e56"'),
        ("env: {WORKERS: 4}", 'env: {WORKERS: "4"}'),
        ("env: {DEBUG: true}", 'env: {DEBUG: "true"}'),
        ("retrain:\n      schedule: 0 4 * * 1,4", 'retrain:\n      schedule: {cron: "0 4 * * 1,4"}'),
        ("retrain: {schedule: 7d}  # weekly", "retrain: {schedule: {every: 7d}}  # weekly"),
        ("tune: full", "tune: {full: all}"),
        ("tune: LoRA", "tune: {lora: {}}"),
    ],
)
def test_safe_fixes(line: str, right: str) -> None:
    assert fixed(training(line)) == training(right)


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("num_workers: 2", "nodes: 2"),
        ("gpus: 2", "resources: {gpu: 2}"),
        ("lr: 0.1  # tuned", "params: {learningRate: 0.1}  # tuned"),
        ("launcher: ddp", "launcher: torchrun"),
        ("memory: 2Gi", "resources: {memory: 2Gi}"),
        ("retries: {causes: [preemption]}", "retries: {causes: [disruption]}"),
        ("stopWhenIdle: 30m", "stopWhenIdle: {for: 30m}"),
        ("approve: {by: [risk-leads]}", "approve: {by: [group:risk-leads]}"),
        ("retrain: {manual: true}", "retrain: {manual: allowed}"),
    ],
)
def test_unsafe_fixes_are_left_to_people(line: str, right: str) -> None:
    text = training(line)
    assert fixed(text) == text
    assert fixed(text, unsafe=True) == training(right)


def test_nothing_is_fixed_into_a_key_that_is_there() -> None:
    text = training("resources: {cpu: 1}", "gpus: 2")
    assert fixed(text, unsafe=True) == text


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        (["sed: 1", "seedd: 2"], ["seed: 1", "seedd: 2"]),
        (["num_workers: 2", "nnodes: 3"], ["nodes: 2", "nnodes: 3"]),
        (["lr: 0.1", "epochs: 10"], ["params: {learningRate: 0.1}", "epochs: 10"]),
    ],
)
def test_no_key_is_given_twice_by_fixes(lines: list[str], right: list[str]) -> None:
    assert fixed(training(*lines), unsafe=True) == training(*right)


def test_nothing_is_fixed_inside_an_alias() -> None:
    text = spec("compute:\n  pools:\n    a: {node: &n {cpu: 1, memory: 1Gi, 'gpuu': 1}}\n    b: {node: *n}\n")
    use = next(d for d in found(text) if text_at(text, d.span) == "*n")
    assert use.fix is None
    assert [text_at(text, n.span) for n in use.notes if n.span] == ["1"]


@pytest.mark.parametrize(
    "body",
    [
        "security: {encryption: {atRest: true}}",  # not a key named `true`
        "compute: {budget: 6000}",  # a run, or a month?
        "data: {artifacts: lake}",  # a store, or a path?
        "security: {identities: {etl: {aws: {role: x}}}}",
    ],
)
def test_what_is_not_known_is_not_written(body: str) -> None:
    diagnostic = only(spec(f"{body}\n"))
    assert (diagnostic.code, diagnostic.fix) == ("TT103", None)
    assert diagnostic.notes


def test_what_one_mapping_lacks_is_told_at_once_with_examples() -> None:
    diagnostic = only(spec("monitoring: {quality: {truth: {of: scorer}}}\n"))
    assert diagnostic.message == "`truth` needs the keys `labels`, `join` and `accept`"
    assert [note.message for note in diagnostic.notes] == [
        "for example `labels: outcomes`, `join: txId` and `accept: {auc: {min: 0.9}}`"
    ]


def test_a_word_without_a_key_is_answered() -> None:
    missing, word = found(spec("monitoring: {drift: {inputs: {against: model, psi: 1, max: 0.2}}}\n"))[:2]
    assert missing.message == "`inputs` needs the key `of`"
    assert word.message.startswith("`inputs` has no key `psi`")
    asked = found(spec("monitoring: {drift: {inputs: {of: scorer, against: model, max: 0.2}}}\n"))
    assert [d.message for d in asked] == [
        "`inputs` has no key `max`; bounds are written as `accept: {psi: {max: 0.2}}`"
    ]


def test_a_short_name_is_not_taken_for_another() -> None:
    diagnostic = only(spec("compute: {pools: {a: {node: {cpu: 1, memory: 1Gi, gpu: 1}}}}\n"))
    assert "cpu" not in diagnostic.message


def test_a_distant_slip_is_not_corrected_unasked() -> None:
    diagnostic = only(training("checkpnt: {every: 1m}"))
    assert diagnostic.fix is not None
    assert diagnostic.fix.applicability is Applicability.UNSAFE


def test_free_names_are_nobody_s_misspelling() -> None:
    assert found(training("params: {lr: 0.1, num_workers: 4, comand: x}")) == []
