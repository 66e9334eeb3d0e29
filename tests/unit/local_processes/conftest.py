from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from held_processes import Held, holding


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Callable[[str], Held]]:
    with holding(tmp_path / "held") as make:
        yield make


@pytest.fixture
def process(held: Callable[[str], Held]) -> Held:
    return held("main")
