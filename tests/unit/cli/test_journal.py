"""What a daemon tells: news, and each once."""

from __future__ import annotations

import pytest

from trimtab.cli.render.journal import Journal
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.state import State

SETTLED = Plan((), (), ())
HELD = Plan((), (Hold("run:train", HoldKind.BLOCKED, "it failed", ()),), ())


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line[9:] for line in capsys.readouterr().err.splitlines()]


def test_that_a_commit_is_reached_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal().of("a.yaml")
    for plan, commit in ((HELD, "a1"), (SETTLED, "a1"), (SETTLED, "a1"), (HELD, "b2"), (SETTLED, "b2")):
        journal.planned(plan, State(commit=commit))
    held = "a.yaml: held back: run:train: it failed"
    assert said(capsys) == [held, "a.yaml: as commit a1 says", held, "a.yaml: as commit b2 says"]


def test_that_trouble_is_over_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal().of("a.yaml")
    journal.planned(SETTLED, State(commit="a1"))
    for _ in range(2):
        journal.trouble("the engine is away")
    journal.planned(SETTLED, State(commit="a1"))
    reached = "a.yaml: as commit a1 says"
    assert said(capsys) == [reached, "the engine is away", reached]


def test_trouble_that_many_systems_have_is_told_once_as_long_as_one_has_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal = Journal()
    one, other = journal.of("a.yaml"), journal.of("b.yaml")
    for system in (one, other, one):
        system.trouble("the engine is away")
    one.planned(SETTLED, State(commit="a1"))
    other.trouble("the engine is away")
    other.planned(SETTLED, State(commit="a1"))
    other.trouble("the engine is away")
    reached = ["a.yaml: as commit a1 says", "b.yaml: as commit a1 says"]
    assert said(capsys) == ["the engine is away", *reached, "the engine is away"]


def test_a_source_that_is_back_is_followed_again(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal()
    for _ in range(2):
        journal.trouble("no such repository")
        journal.trouble("no such repository")
        journal.following("/srv/risk.git main")
    assert said(capsys) == 2 * ["no such repository", "following /srv/risk.git main"]


def test_that_a_commit_is_set_back_is_told_once_though_the_earlier_one_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal = Journal().of("a.yaml")
    for _ in range(2):
        journal.planned(SETTLED, State(commit="a1"))
        journal.set_back("commit b2 has to wait: no rights")
    assert said(capsys) == ["a.yaml: as commit a1 says", "a.yaml: commit b2 has to wait: no rights"]
