from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from trimtab.cli.views.endpoint_rows import endpoint_rows
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.plan_rows import plan_view
from trimtab.cli.views.progress import news, progress
from trimtab.cli.views.run_rows import Locate, run_rows
from trimtab.cli.views.system_view import system_view
from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import DeleteObject, Hold, HoldKind, Plan, Step, Verb
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.ledger import Record, Verdict
from trimtab.reconciler.state import SystemRecord
from trimtab.reconciler.world import World

WorldOf = Callable[..., World]
Live = Mapping[Ref, Observed]
NOTHING = Plan((), (), ())
REJECTED = Hold("run:on-held-out", HoldKind.BLOCKED, "it is rejected: accuracy is 0.91", ("accept",))


def test_a_finished_training_shows_its_time_and_numbers(
    world_of: WorldOf, trained: Record, locate: Locate
) -> None:
    row = run_rows(world_of(trained), (), locate)[0]
    assert (row.mark, row.phase, row.seconds) == (Mark.GOOD, "Succeeded", 41)
    assert row.history["loss"] == (2.0, 1.0, 0.5)


def test_a_running_one_has_taken_until_now(world_of: WorldOf, running: Record, locate: Locate) -> None:
    row = run_rows(world_of(running), (), locate)[0]
    assert (row.mark, row.seconds) == (Mark.BUSY, 60)


def test_what_waits_says_for_what_and_where(world_of: WorldOf, running: Record, locate: Locate) -> None:
    hold = Hold("run:on-held-out", HoldKind.WAITING, "waits for training classifier", ("spec", "x"))
    row = run_rows(world_of(running), [hold], locate)[1]
    assert (row.mark, row.note, row.place) == (Mark.WAITING, "waits for training classifier", "spec.x")


def test_a_schedule_without_a_daemon_says_so(world_of: WorldOf, locate: Locate) -> None:
    assert "daemon" in run_rows(world_of(), (), locate)[2].note


def test_an_evaluation_of_another_model_is_not_shown_as_this_ones(
    world_of: WorldOf, trained: Record, accepted: Record, locate: Locate
) -> None:
    other = replace(
        trained, key="v1:" + "cd" * 32, name="classifier-cdcdcdcdcd", opened="2027-02-01T00:00:00Z"
    )
    row = run_rows(world_of(trained, other, accepted), (), locate)[1]
    assert row.record == ""


def test_a_rejected_run_is_bad_though_it_succeeded(
    world_of: WorldOf, trained: Record, rejected: Record, locate: Locate
) -> None:
    row = run_rows(world_of(trained, rejected), [REJECTED], locate)[1]
    assert (row.mark, row.phase, row.note, row.place) == (Mark.BAD, "Rejected", REJECTED.reason, "accept")


def test_of_many_verdicts_those_by_the_rules_of_today_count(
    world_of: WorldOf, trained: Record, accepted: Record, locate: Locate
) -> None:
    earlier = Verdict(
        "sha256:old", "accuracy >= 0.999", False, "accuracy is 0.98; the rule is accuracy >= 0.999", ""
    )
    judged_often = replace(
        accepted, verdicts=(earlier, *accepted.verdicts, replace(earlier, rule="sha256:newer"))
    )
    row = run_rows(world_of(trained, judged_often), (), locate)[1]
    assert (row.mark, row.note) == (Mark.GOOD, "accepted: accuracy >= 0.95")


def test_an_endpoint_says_which_model_serves_and_why(
    world_of: WorldOf, trained: Record, accepted: Record, serving: SystemRecord, live: Live, locate: Locate
) -> None:
    world = world_of(trained, accepted, system=serving, objects=live)
    (row,) = endpoint_rows(world, (), locate)
    assert (row.mark, row.model, row.ready, row.replicas) == (Mark.LIVE, "classifier-ababababab", 2, 2)
    assert row.why == "accuracy is 0.98; the rule is accuracy >= 0.95"
    assert row.address == "http://127.0.0.1:41873"


def test_an_endpoint_whose_newer_model_is_rejected_warns_with_the_number(
    world_of: WorldOf, trained: Record, serving: SystemRecord, live: Live, locate: Locate
) -> None:
    (row,) = endpoint_rows(world_of(trained, system=serving, objects=live), [REJECTED], locate)
    assert (row.mark, row.note) == (Mark.WARN, REJECTED.reason)


def test_an_endpoint_without_a_model_waits(world_of: WorldOf, locate: Locate) -> None:
    (row,) = endpoint_rows(world_of(), (), locate)
    assert (row.mark, row.model) == (Mark.WAITING, "")


def test_the_verdict_on_a_system(
    world_of: WorldOf, trained: Record, accepted: Record, serving: SystemRecord, live: Live, locate: Locate
) -> None:
    world = world_of(trained, accepted, system=serving, objects=live)
    waiting = Hold("run:classifier", HoldKind.WAITING, "runs", ())
    delete = DeleteObject(
        Step("Job/x", Verb.DELETE, "left the spec", ()), Ref("v1", "Job", "", "x"), "u", None
    )
    assert system_view(world, NOTHING, locate).verdict == "as the spec says"
    assert system_view(world, Plan((), (waiting,), ()), locate).verdict == "on its way: runs"
    assert system_view(world, Plan((), (REJECTED,), ()), locate).mark is Mark.BAD
    assert "1 change" in system_view(world, Plan((delete,), (), ()), locate).verdict
    assert system_view(world_of(), NOTHING, locate).verdict == "not applied yet"


def test_a_plan_shows_what_is_written_and_not_what_is_remembered(locate: Locate) -> None:
    ref = Ref("v1", "Job", "", "x")
    steps = [
        Step("Job/x", Verb.DELETE, "left the spec", ("spec",)),
        Step("MLSystem/x", Verb.REMEMBER, "", ()),
    ]
    view = plan_view(Plan(tuple(DeleteObject(s, ref, "u", None) for s in steps), (REJECTED,), ()), locate)
    assert [(row.sign, row.node, row.place) for row in view.now] == [("-", "Job/x", "spec")]
    assert view.holds[0].kind == "blocked"


def test_news_are_told_once(
    world_of: WorldOf,
    running: Record,
    trained: Record,
    accepted: Record,
    serving: SystemRecord,
    live: Live,
    locate: Locate,
) -> None:
    first = progress(world_of(running), NOTHING, locate)
    second = progress(world_of(trained, accepted, system=serving, objects=live), NOTHING, locate)
    assert list(news(None, first)) == ["◐ training classifier-ababababab: running"]
    assert list(news(first, first)) == []
    told = list(news(first, second))
    assert told[0].startswith("✓ training classifier-ababababab: succeeded, 41s, loss █▃▁ 2 → 0.5")
    assert told[-1].startswith(
        "● endpoint recognizer: serves classifier-ababababab at http://127.0.0.1:41873"
    )


def test_a_verdict_is_told_without_what_was_told_of_the_run(
    world_of: WorldOf, trained: Record, accepted: Record, rejected: Record, locate: Locate
) -> None:
    for judged, verdict in (
        (accepted, "✓ evaluation {}: accepted: accuracy >= 0.95"),
        (rejected, "✗ evaluation {}: rejected, accuracy is 0.91; the rule is accuracy >= 0.95"),
    ):
        ended = progress(world_of(trained, replace(judged, verdicts=())), NOTHING, locate)
        (line,) = news(ended, progress(world_of(trained, judged), NOTHING, locate))
        assert line == verdict.format(judged.name)
