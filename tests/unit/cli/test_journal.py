"""What a daemon tells: news, and each once."""

from __future__ import annotations

import pytest

from trimtab.cli.render.journal import Journal
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.state import State

SETTLED = Plan((), (), ())
HELD = Plan((), (Hold("run:train", HoldKind.BLOCKED, "it failed", ()),), ())


def test_that_a_commit_is_reached_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal()
    for plan, commit in ((HELD, "a1"), (SETTLED, "a1"), (SETTLED, "a1"), (HELD, "b2"), (SETTLED, "b2")):
        journal.planned(plan, State(commit=commit))
    said = [line[9:] for line in capsys.readouterr().err.splitlines()]
    held = "held back: run:train: it failed"
    assert said == [held, "as commit a1 says", held, "as commit b2 says"]


def test_that_trouble_is_over_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal()
    journal.planned(SETTLED, State(commit="a1"))
    for _ in range(2):
        journal.trouble("the engine is away")
    journal.planned(SETTLED, State(commit="a1"))
    said = [line[9:] for line in capsys.readouterr().err.splitlines()]
    assert said == ["as commit a1 says", "the engine is away", "as commit a1 says"]
