"""The program behind `compiling`: a task on standard input, an answer a spec on standard output."""

from __future__ import annotations

import asyncio
import pickle
import sys
from dataclasses import replace
from pathlib import PurePosixPath

from trimtab.compiler.packed import packed
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.commit_files import CommitFiles
from trimtab.reconciler.compiling import FRAME, Asked, Task
from trimtab.reconciler.git import GitError
from trimtab.reconciler.preparing import meaning_of, prepare
from trimtab.reconciler.understood import Understood


def main() -> None:
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the process that started us
    asyncio.run(_answer(task))


async def _answer(task: Task) -> None:
    for asked in task.specs:
        try:
            answer: Understood | GitError = await understand(task, asked)
        except GitError as error:
            answer = error
        content = pickle.dumps(answer)
        sys.stdout.buffer.write(len(content).to_bytes(FRAME, "big") + content)
        sys.stdout.buffer.flush()


async def understand(task: Task, asked: Asked) -> Understood:
    """Raises GitError."""
    text = (await task.source.read(task.commit, asked.path)).decode(errors="surrogateescape")
    files = CommitFiles(task.source, task.commit, str(PurePosixPath(asked.path).parent))
    prepared = await prepare(text, asked.path, asked.environment, files, Origin("", task.commit))
    found = meaning_of(asked.path, prepared)
    if found.bundle is None or found.refusal:
        return replace(found, bundle=None)
    return replace(found, bundle=packed(found.bundle))


if __name__ == "__main__":
    main()
