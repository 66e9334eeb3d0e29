"""A text of an older version is brought to this one by edits: every other character stays."""

from __future__ import annotations

import pytest
from trimtab_cli import ROOT

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.load import load
from trimtab.spec.migrations.migrate import Migrated, migrate_text

FILE = "mlsystem.yaml"
HEAD = "apiVersion: trimtab.dev/v1beta1\nkind: MLSystem\nmetadata: {name: fraud}\nspec:\n"
EXAMPLE = (
    (ROOT / "examples" / "digits" / "mlsystem.yaml")
    .read_text()
    .replace("trimtab.dev/v1", "trimtab.dev/v1beta1")
    .replace("      nodes: 2\n", "      workers: 2  # two ranks\n")
)


def migrated(text: str) -> str:
    found = migrate_text(text, FILE)
    assert isinstance(found, Migrated), found
    return found.text


def refused(text: str) -> Diagnostic:
    found = migrate_text(text, FILE)
    assert isinstance(found, tuple), found
    (finding,) = found
    return finding


def as_v1(text: str) -> str:
    """For texts in which `workers` is a workload's key and no other word."""
    return text.replace("v1beta1", "v1").replace("workers", "nodes")


def test_an_old_version_is_one_finding_that_names_the_command() -> None:
    (finding,) = load(EXAMPLE, FILE).diagnostics
    assert finding.code == "TT114"
    assert "trimtab migrate" in finding.message


def test_the_example_is_migrated_with_its_comments() -> None:
    text = migrated(EXAMPLE)
    assert text == as_v1(EXAMPLE)
    assert "      nodes: 2  # two ranks\n" in text
    assert load(text, FILE).diagnostics == ()


@pytest.mark.parametrize(
    "body",
    [
        "  training:\n    fit: {workers: 2, pool: cpu}   # flow\n",
        "  training: {fit: {workers: 2}, other: {roles: {actor: {workers: 3}}}}\n",
        "  training:\n    fit:\n      ? workers\n      : 2\n",
        "  training:\n    fit:\n      workers :  2\n",
        "  data:\n    pipelines:\n      etl:\n        workers: 4\n\n\n  deployment:\n    api:\n      workers: 2\n",
        "  training:\n    fit:\n      evaluate:\n        held:\n          workers: 1\n",
        "  environments:\n    dev:\n      overrides:\n        training: {fit: {workers: 1}}\n",
        "  training:\n    first: &first\n      workers: 2\n    second: *first\n",
        "# none to rename\n  training: {}\n",
    ],
)
def test_whatever_the_layout_only_the_names_change(body: str) -> None:
    text = HEAD + body
    assert migrated(text) == as_v1(text)


def test_quotes_around_what_is_edited_stay() -> None:
    text = f"{HEAD}  training:\n    fit: {{'workers': 2}}\n".replace(
        "trimtab.dev/v1beta1", '"trimtab.dev/v1beta1"'
    )
    assert migrated(text) == as_v1(text)


@pytest.mark.parametrize(
    "how", ["carriage returns", "byte order mark", "no last line end", "trailing spaces"]
)
def test_even_what_is_not_seen_stays(how: str) -> None:
    text = {
        "carriage returns": EXAMPLE.replace("\n", "\r\n"),
        "byte order mark": f"\ufeff{EXAMPLE}",
        "no last line end": EXAMPLE.rstrip("\n"),
        "trailing spaces": EXAMPLE.replace("\n", "   \n"),
    }[how]
    assert migrated(text) == as_v1(text)


def test_the_same_word_elsewhere_is_no_workloads_key() -> None:
    text = f"{HEAD}  training:\n    fit:\n      params: {{workers: 8}}  # workers\n      env: {{workers: 'workers: 1'}}\n"
    assert migrated(text) == text.replace("v1beta1", "v1")


def test_what_is_current_is_left_alone() -> None:
    assert migrate_text(as_v1(EXAMPLE), FILE) is None
    assert migrate_text(as_v1(EXAMPLE).replace("nodes", "workers"), FILE) is None


def test_an_alias_into_a_place_that_keeps_the_name_is_refused_there() -> None:
    text = f"{HEAD}  training:\n    fit:\n      params: &shared {{workers: 2}}\n    other: *shared\n"
    finding = refused(text)
    assert (finding.code, finding.span.line) == ("TT115", 8)


def test_both_names_at_once_are_refused() -> None:
    finding = refused(f"{HEAD}  training:\n    fit:\n      workers: 2\n      nodes: 3\n")
    assert (finding.code, finding.span.line) == ("TT012", 8)


def test_a_text_that_cannot_be_read_is_refused_where_it_is_wrong() -> None:
    assert refused(f"{HEAD}  training: [\n").is_error
