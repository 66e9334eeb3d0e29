"""The two listeners of an apply: the picture that moves, and the lines for a log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from trimtab.cli.live import Curves
from trimtab.cli.render.progress import Moving
from trimtab.cli.systems import Target
from trimtab.cli.views.run_rows import Locate
from trimtab.cli.watching import Plain, watching
from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.cluster import Cluster, ClusterUnavailable, LogLine
from trimtab.reconciler.ledger import Record
from trimtab.reconciler.state import State
from trimtab.reconciler.world import World

NOTHING = Plan((), (), ())
WorldOf = Callable[..., World]


class Logs:
    """A cluster of which only the logs are asked."""

    def __init__(self, *lines: str, breaks: bool = False) -> None:
        self.lines, self.breaks, self.asked = lines, breaks, list[Ref]()

    async def logs(self, ref: Ref, *, follow: bool) -> AsyncIterator[LogLine]:
        self.asked.append(ref)
        if self.breaks:
            raise ClusterUnavailable("gone")
        for line in self.lines:
            yield LogLine("pod", line)


@pytest.fixture
def target(world_of: WorldOf, locate: Locate) -> Target:
    bundle = world_of().bundle
    fake = SimpleNamespace(
        bundle=bundle, locate=locate, world=lambda state: World(bundle, state, world_of().now)
    )
    return cast(Target, fake)


def curves(cluster: Logs) -> Curves:
    return Curves(cast(Cluster, cluster), "digits")


def drawn(picture: Any) -> str:
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        console.print(picture)
    return capture.get()


async def test_the_picture_moves_with_what_the_run_says(target: Target, running: Record) -> None:
    logs = Logs(
        "epoch 1/2",
        '::trimtab {"epoch": 1, "of": 2, "loss": 2.0}',
        '::trimtab {"epoch": 2, "of": 2, "loss": 1.0}',
    )
    async with curves(logs) as live:
        picture = Moving(target, live)
        assert "opening the engine" in drawn(picture.draw())
        for _ in range(3):
            picture.planned(NOTHING, State(records={running.name: running}))
        await live.idle()
        assert "epoch 2 of 2  loss █▁ 2 → 1" in drawn(picture.draw())
    assert logs.asked == [Ref("batch/v1", "Job", "digits", running.workload)]


async def test_a_log_that_breaks_off_costs_the_curve_and_nothing_else(
    target: Target, running: Record
) -> None:
    async with curves(Logs(breaks=True)) as live:
        picture = Moving(target, live)
        picture.planned(NOTHING, State(records={running.name: running}))
        await live.idle()
        assert "classifier" in drawn(picture.draw())


async def test_the_last_frame_stands_still(target: Target, running: Record) -> None:
    async with curves(Logs()) as live:
        picture = Moving(target, live)
        picture.planned(NOTHING, State(records={running.name: running}))
        picture.end()
        assert "◐  training" in drawn(picture.draw())


async def test_without_a_terminal_there_are_lines(
    target: Target, running: Record, trained: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    async with curves(Logs()) as live:
        with watching(target, live) as listener:
            assert isinstance(listener, Plain)
            for record in (running, running, trained):
                listener.planned(NOTHING, State(records={record.name: record}))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "◐ training classifier-ababababab: running",
        "✓ training classifier-ababababab: succeeded, 41s, loss █▃▁ 2 → 0.5, accuracy 0.99",
    ]


def test_a_log_is_told_what_is_waited_for_once_it_lasts(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    listener = Plain(target, clock=lambda: now[0])
    waiting = Plan((), (Hold("Deployment/web", HoldKind.WAITING, "0 of 2 replicas are ready", ()),), ())
    for now[0] in (1.0, 6.0, 7.0, 20.0):
        listener.planned(waiting, State())
    assert capsys.readouterr().err.splitlines() == ["◐ waiting for Deployment/web: 0 of 2 replicas are ready"]
