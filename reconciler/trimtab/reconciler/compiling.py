"""The specs of a commit, compiled in a process that ends with them.

A daemon lives for months between commits: so it holds neither the language nor the compiler in memory, nor what they
leave behind, it heals while a commit is compiled, and a spec that they fail over is no end of the others.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import NamedTuple

from trimtab.reconciler.git import GitError, GitSource
from trimtab.reconciler.understood import Understood

PROGRAM = "trimtab.reconciler.compiling_process"
FRAME = 8
"""Bytes of the length before each answer."""


class Asked(NamedTuple):
    """`environment` is None for the spec's default."""

    path: str
    environment: str | None


class Task(NamedTuple):
    source: GitSource
    commit: str
    specs: tuple[Asked, ...]


async def understood(task: Task) -> AsyncGenerator[Understood, None]:
    """One answer a spec, in order. Raises GitError."""
    left = task.specs
    while left:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert process.stdin is not None  # noqa: S101  # pipes were asked for
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(pickle.dumps(task._replace(specs=left)))
            process.stdin.close()
            while left:
                answer = await _read(process.stdout)
                if isinstance(answer, GitError):
                    raise answer
                yield answer
                left = left[1:]
        except asyncio.IncompleteReadError:
            failed, *others = left
            yield Understood(failed.path, refusal=f"compiling it ended with exit code {await process.wait()}")
            left = tuple(others)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _read(stream: asyncio.StreamReader) -> Understood | GitError:
    length = int.from_bytes(await stream.readexactly(FRAME), "big")
    answer: Understood | GitError = pickle.loads(await stream.readexactly(length))  # noqa: S301  # of our own process
    return answer
