"""Lines of several writers are one stream, which ends with them and takes them with it."""

from __future__ import annotations

import asyncio

import pytest
from engines import PATIENCE

from trimtab.reconciler.cluster import LogLine
from trimtab.reconciler.merged_lines import MOST_UNREAD, Lines, merged


async def test_what_was_written_before_an_error_is_told() -> None:
    async def write(lines: Lines) -> None:
        await lines.put(LogLine("a", "one"))
        raise OSError("the file has gone")

    stream = merged(write)
    assert (await anext(stream)).text == "one"
    with pytest.raises(OSError, match="the file has gone"):
        await anext(stream)


async def test_a_reader_that_leaves_ends_writers_that_wait_for_it() -> None:
    ended = asyncio.Event()

    async def write(lines: Lines) -> None:
        try:
            for _ in range(MOST_UNREAD * 2):
                await lines.put(LogLine("a", "more"))
        finally:
            ended.set()

    stream = merged(write)
    async with asyncio.timeout(PATIENCE):
        assert (await anext(stream)).text == "more"
        await asyncio.sleep(0)  # the writer fills what is unread
        await stream.aclose()
    assert ended.is_set()
