"""The program behind `compiling`: a task on standard input, an answer a spec on standard output."""

from __future__ import annotations

import asyncio
import pickle
import sys
from dataclasses import replace
from pathlib import PurePosixPath

from trimtab.compiler.packed import packed
from trimtab.reconciler.compiling import FRAME, Asked, Task, Understood
from trimtab.reconciler.files import CommitFiles
from trimtab.reconciler.git import GitError
from trimtab.reconciler.loop import Origin
from trimtab.reconciler.opening import Refused
from trimtab.reconciler.session import prepare, target_of


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
    found = Understood(asked.path, prepared.diagnostics, prepared.texts)
    if prepared.bundle is None:
        means_nothing = not any(diagnostic.is_error for diagnostic in prepared.diagnostics)
        refusal = (
            "it is a platform, which means nothing alone: name the systems in it" if means_nothing else ""
        )
        return replace(found, refusal=refusal)
    try:
        target = None if prepared.is_local else target_of(prepared)
    except Refused as refused:
        return replace(found, refusal=str(refused))
    return replace(found, bundle=packed(prepared.bundle), target=target)


if __name__ == "__main__":
    main()
