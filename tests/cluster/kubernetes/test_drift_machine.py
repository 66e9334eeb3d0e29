"""Nothing that is done to our objects is missed, and hardly anything is taken for a change that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from control_plane import Access
from drift_arena import Arena, clean_up, prepare
from drift_machine import play

STEPS = 500
MOST_FALSE_ALARMS = 0.01
"""Of all steps. Each costs one apply that changes nothing."""


@pytest.fixture
def arena(control_plane: Access, kube_namespace: str, tmp_path: Path) -> Iterator[Arena]:
    prepare(control_plane, kube_namespace)
    arena = Arena(control_plane, kube_namespace, tmp_path)
    arena.open()
    yield arena
    arena.close()
    clean_up(control_plane, kube_namespace)


def test_no_change_of_ours_is_missed(arena: Arena) -> None:
    while arena.counts["steps"] < STEPS:
        play(arena, STEPS - arena.counts["steps"])
    print(arena.summary(), arena.examples)
    assert arena.counts["alarms: changed"] > STEPS / 20, "strangers do harm"
    assert arena.counts["quiet"] > STEPS / 20, "and there is peace"
    assert arena.counts["alarms: false"] <= MOST_FALSE_ALARMS * arena.counts["steps"], arena.examples
