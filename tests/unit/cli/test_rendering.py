"""Views drawn: what must be there in plain text, and what must never reach a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from trimtab.cli.render.outcome import outcome_picture
from trimtab.cli.render.plan import plan_picture
from trimtab.cli.render.progress import progress_picture
from trimtab.cli.render.runs import run_picture, runs_table
from trimtab.cli.render.system import system_picture
from trimtab.cli.views.curve import Curve, spoken
from trimtab.cli.views.ledger import find_record, ledger_rows, run_view
from trimtab.cli.views.plan_rows import plan_view
from trimtab.cli.views.progress import progress
from trimtab.cli.views.run_rows import Locate
from trimtab.cli.views.system_view import SystemView, system_view
from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Hold, HoldKind, OpenRecord, Plan, Step, Verb
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.ledger import Record
from trimtab.reconciler.state import SystemRecord
from trimtab.reconciler.trial import Judgement, Trial
from trimtab.reconciler.world import World

WorldOf = Callable[..., World]
NOTHING = Plan((), (), ())


def drawn(picture: RenderableType, width: int = 120) -> str:
    console = Console(width=width, no_color=True, force_terminal=False)
    with console.capture() as capture:
        console.print(picture)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


@pytest.fixture
def world(
    world_of: WorldOf,
    trained: Record,
    accepted: Record,
    serving: SystemRecord,
    live: Mapping[Ref, Observed],
) -> World:
    return world_of(trained, accepted, system=serving, objects=live)


@pytest.fixture
def view(world: World, locate: Locate) -> SystemView:
    return system_view(world, NOTHING, locate, ("NetworkPolicy: processes reach the network",))


def test_status_at_a_glance(view: SystemView, world: World) -> None:
    assert drawn(system_picture(view, world.now.seconds)) == (
        "digits on laptop at 3f2a91c0ff  ✓ as the spec says\n"
        "\n"
        "Serving\n"
        "● recognizer  http://127.0.0.1:41873  2 of 2 replicas ready\n"
        "  serves classifier-ababababab for 10s\n"
        "  because accuracy is 0.98; the rule is accuracy >= 0.95\n"
        "\n"
        "Runs\n"
        "✓  training    classifier   41s  loss █▃▁ 2 → 0.5  accuracy 0.99\n"
        "✓  evaluation  on-held-out  41s  accuracy 0.98  accepted: accuracy >= 0.95\n"
        "○  drift       inputs            opens on schedule, while a daemon runs\n"
        "\n"
        "Recorded on this machine, not enforced: NetworkPolicy."
    )


def test_status_of_a_rejected_model_names_number_and_line(
    world_of: WorldOf,
    trained: Record,
    rejected: Record,
    serving: SystemRecord,
    live: Mapping[Ref, Observed],
    locate: Locate,
) -> None:
    reason = "on-held-out-ab is rejected: accuracy is 0.91; the rule is accuracy >= 0.95"
    plan = Plan((), (Hold("run:on-held-out", HoldKind.BLOCKED, reason, ("mlsystem", "line")),), ())
    world = world_of(trained, rejected, system=serving, objects=live)
    text = drawn(system_picture(system_view(world, plan, locate), world.now.seconds))
    assert f"✗ held back: {reason}" in text
    assert "mlsystem.line" in text
    outcome = drawn(outcome_picture(system_view(world, plan, locate)))
    assert "✗ evaluation" in outcome
    assert "mlsystem.line" in outcome.rpartition("✗ evaluation")[2]


def test_the_outcome_says_where_the_model_answers(view: SystemView) -> None:
    assert drawn(outcome_picture(view)).splitlines() == [
        "digits on laptop at 3f2a91c0ff  ✓ as the spec says",
        "  recognizer serves classifier-ababababab at http://127.0.0.1:41873",
    ]


def test_progress_shows_the_curve_of_a_run_that_still_computes(
    world_of: WorldOf, running: Record, locate: Locate
) -> None:
    curve = Curve()
    for line in (
        '::trimtab {"epoch": 1, "of": 12, "loss": 2.0}',
        '::trimtab {"epoch": 2, "of": 12, "loss": 1.0}',
    ):
        curve.take(spoken(line) or {})
    view = progress(world_of(running), NOTHING, locate, {running.name: curve}.get)
    lines = drawn(progress_picture(view, 5.0)).splitlines()
    assert lines[0] == "digits on laptop  5s"
    assert lines[2] == "◐  training    classifier    1m  epoch 2 of 12  loss █▁ 2 → 1"


@pytest.mark.parametrize(
    "line",
    ["epoch 3/12  loss 0.4", "::trimtab", "::trimtab {", "::trimtab [1]", "::trimtab " + "[" * 100_000],
)
def test_what_is_no_line_for_machines_is_none(line: str) -> None:
    assert spoken(line) is None


def test_a_curve_takes_numbers_and_nothing_else() -> None:
    curve = Curve()
    curve.take({"epoch": "x", "loss": None, "name": "y", "flag": True, "accuracy": 0.5})
    assert (curve.stage, curve.history) == ("", {"accuracy": (0.5,)})


def test_one_run_with_its_facts_verdicts_and_plot(world: World, locate: Locate) -> None:
    text = drawn(run_picture(run_view(world, find_record(world, "classifier"), locate)))
    assert text.startswith(
        "✓ classifier-ababababab  Succeeded  training classifier\n  serves    recognizer\n"
    )
    assert "  2 ┤" in text
    assert "0.5 ┤" in text
    judged = drawn(run_picture(run_view(world, find_record(world, "on-held-out"), locate)))
    assert "✓  accuracy is 0.98; the rule is accuracy >= 0.95" in judged


def test_the_ledger_is_newest_first_and_marks_what_an_earlier_spec_asked_for(
    world_of: WorldOf, trained: Record, locate: Locate
) -> None:
    old = replace(
        trained, name="classifier-0000000000", recipe_digest="sha256:old", opened="2026-01-01T00:00:00Z"
    )
    new = replace(trained, opened="2027-01-01T00:00:00Z")
    rows = ledger_rows(world_of(old, new), locate)
    assert [row.record for row in rows] == ["classifier-ababababab", "classifier-0000000000"]
    assert rows[1].title == "training classifier, of an earlier spec"
    assert "classifier-0000000000" in drawn(runs_table(rows, by_record=True))


def test_a_plan_says_what_why_and_where(trained: Record, locate: Locate) -> None:
    open_ = OpenRecord(
        Step("run:classifier", Verb.OPEN, "no run of this recipe yet", ("spec", "training")), trained
    )
    later = Step("endpoint:recognizer", Verb.SERVE, "once it is accepted", ())
    text = drawn(plan_picture(plan_view(Plan((open_,), (), (later,)), locate), "digits", "laptop"))
    assert "digits on laptop  1 to do now, 1 to follow" in text
    assert "+  open  run:classifier  no run of this recipe yet  spec.training" in text
    assert "→  serve  endpoint:recognizer  once it is accepted" in text
    assert (
        drawn(plan_picture(plan_view(NOTHING, locate), "digits", "laptop"))
        == "digits on laptop  nothing to do"
    )


def test_no_container_can_command_a_terminal(world_of: WorldOf, trained: Record, locate: Locate) -> None:
    hostile = replace(
        trained,
        reason="\x1b[2Jgone",
        problems=("\x1b]0;owned\x07", "\u202eevil"),
        metrics={"\x1b[31mloss": 1.0},
        history={"\x1b[31mloss": (1.0, 2.0)},
    )
    world = world_of(hostile)
    pictures = [
        system_picture(system_view(world, NOTHING, locate), world.now.seconds),
        run_picture(run_view(world, hostile, locate)),
        progress_picture(progress(world, NOTHING, locate), 1.0),
    ]
    text = "".join(drawn(picture) for picture in pictures)
    assert not set(text) & {"\x1b", "\x07", "\u202e"}


def test_a_narrow_terminal_folds_and_loses_nothing(view: SystemView, world: World) -> None:
    text = " ".join(drawn(system_picture(view, world.now.seconds), width=60).split())
    assert "accuracy is 0.98; the rule is accuracy >= 0.95" in text


def test_what_the_server_would_refuse_is_told_and_what_could_not_be_tried_is_counted(locate: Locate) -> None:
    at = ("spec", "x")
    trials = [
        Trial("ConfigMap/a", Judgement.TAKEN, "", at),
        Trial("ConfigMap/b", Judgement.UNTRIED, "namespace x is not there yet", at),
        Trial("ConfigMap/c", Judgement.UNTRIED, "namespace x is not there yet", at),
        Trial("Deployment/d", Judgement.REFUSED, "quota exceeded", at),
    ]
    view = plan_view(NOTHING, locate, trials)
    assert view.tried == 4
    assert [(r.judgement, r.objects, r.node) for r in view.trials] == [
        ("refused", 1, "Deployment/d"),
        ("not tried", 2, ""),
    ]
    assert plan_view(NOTHING, locate).tried is None
    text = drawn(plan_picture(view, "digits", "prod"))
    assert "1 object" in text
    assert "Deployment/d  refused    quota exceeded  spec.x" in text
    assert "2 objects     not tried  namespace x is not there yet" in text
