"""Reading logs: the last lines cheaply, each new one once, whatever turns over meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from held_processes import DEADLINE, Held, shell

from trimtab.reconciler.local import processes, tail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(log: Path, text: str | bytes) -> None:
    with log.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def turn(log: Path) -> None:
    log.rename(log.with_name("log.1"))


def numbers(first: int, end: int) -> str:
    return "".join(f"{n}\n" for n in range(first, end))


def test_there_may_be_no_log(log: Path) -> None:
    assert tail.last_lines(log) == tail.last_lines(log, 5) == []


@pytest.mark.parametrize(
    ("count", "expected"), [(None, "abcdef"), (0, ""), (1, "f"), (3, "def"), (5, "bcdef"), (9, "abcdef")]
)
def test_last_lines_go_back_into_the_turned_log(log: Path, count: int | None, expected: str) -> None:
    append(log, "a\nb\nc\n")
    turn(log)
    append(log, "d\ne\nf")
    assert tail.last_lines(log, count) == list(expected)


def test_a_line_ends_with_a_newline_alone_and_need_not_be_text(log: Path) -> None:
    append(log, "a\u2028b\x0cc\r\n".encode() + b"\xff\xfe\n\n")
    assert tail.last_lines(log) == ["a\u2028b\x0cc", "��", ""]


def test_the_last_lines_of_a_long_log_are_read_from_its_end(log: Path) -> None:
    append(log, numbers(0, 200_000))
    assert tail.last_lines(log, 30_000) == [str(n) for n in range(170_000, 200_000)]


class Following:
    """A log being followed: each look at it happens when the test asks for the next line."""

    def __init__(self, log: Path, count: int | None = None) -> None:
        self.over = False
        self.lines: AsyncIterator[str] = tail.follow(log, count, lambda: self.over)

    async def next(self, count: int) -> list[str]:
        async with asyncio.timeout(DEADLINE):
            return [await anext(self.lines) for _ in range(count)]

    async def rest(self) -> list[str]:
        self.over = True
        return [line async for line in self.lines]


async def test_a_followed_log_may_begin_later(log: Path) -> None:
    following = Following(log)
    awaited = asyncio.create_task(following.next(1))
    await asyncio.sleep(0)
    append(log, "first\n")
    assert await awaited == ["first"]
    assert await following.rest() == []


async def test_old_lines_are_told_first_and_an_unfinished_one_once_it_is_whole(log: Path) -> None:
    append(log, "a\nb\nc\nunfin")
    following = Following(log, 2)
    assert await following.next(2) == ["b", "c"]
    append(log, "ished\nlast")
    assert await following.next(1) == ["unfinished"]
    assert await following.rest() == ["last"]


async def test_no_line_is_lost_or_told_twice_when_the_log_is_turned(log: Path) -> None:
    append(log, "a\n")
    following = Following(log)
    assert await following.next(1) == ["a"]
    append(log, "b\nc")
    turn(log)
    append(log, "d\ne\n")
    assert await following.next(3) == ["b", "cd", "e"]
    append(log, "f\n")
    turn(log)
    append(log, "g\n")
    turn(log)
    append(log, "h\n")
    assert await following.next(3) == ["f", "g", "h"]


async def test_a_log_that_is_taken_away_is_read_to_its_end(log: Path) -> None:
    append(log, "a\n")
    following = Following(log)
    assert await following.next(1) == ["a"]
    append(log, "b\n")
    log.unlink()
    assert await following.rest() == ["b"]


async def test_an_endless_line_is_told_in_pieces(log: Path) -> None:
    following = Following(log)
    append(log, "x" * (tail.LONGEST + 1))
    assert await following.next(1) == ["x" * (tail.LONGEST + 1)]


async def test_a_process_that_writes_fast_is_followed_to_its_last_word(process: Held) -> None:
    process.start(replace(shell("for i in $(seq 40); do seq $i$i; sleep 0.01; done"), log_limit=400_000))
    log = process.directory / "log"
    told = [line async for line in tail.follow(log, None, lambda: not processes.is_alive(process.directory))]
    assert told == [str(n) for i in range(1, 41) for n in range(1, int(f"{i}{i}") + 1)]
