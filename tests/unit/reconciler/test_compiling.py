"""The specs of a commit, compiled by another process: one answer each, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from followed import Repository, spec

from trimtab.reconciler import compiling
from trimtab.reconciler.addresses import Target
from trimtab.reconciler.compiling import Asked, Task, understood
from trimtab.reconciler.git import GitError, GitSource
from trimtab.reconciler.understood import Understood

DIES = """
import os
from trimtab.reconciler import compiling_process

sound = compiling_process.understand

async def understand(task, asked):
    if asked.path == "b.yaml":
        os._exit(7)
    return await sound(task, asked)

compiling_process.understand = understand
compiling_process.main()
"""


@pytest.fixture
async def source(tmp_path: Path) -> GitSource:
    repository = Repository.new(tmp_path)
    wrong = spec("b", "b", two="red").replace("kind: ConfigMap", "kind: [ConfigMap]")
    platform = "apiVersion: trimtab.dev/v1\nkind: MLPlatform\nmetadata: {name: all}\nspec: {}\n"
    files = {"a.yaml": spec("a", "a", one="red"), "b.yaml": wrong, "c.yaml": platform}
    repository.push(files)
    return GitSource(str(repository.bare), "main", tmp_path / "mirror.git")


async def answers(source: GitSource, paths: Sequence[str]) -> list[Understood]:
    task = Task(source, await source.poll(), tuple(Asked(path, None) for path in paths))
    async with aclosing(understood(task)) as found:
        return [each async for each in found]


async def test_each_spec_has_its_answer(source: GitSource) -> None:
    sound, wrong, platform = await answers(source, ["a.yaml", "b.yaml", "c.yaml"])
    assert sound.bundle is not None
    assert (sound.bundle.system, sound.bundle.environment) == ("a", "staging")
    assert (sound.target, sound.refusal) == (Target("tests", "tests"), "")
    assert wrong.bundle is None
    assert [(d.span.file, d.span.line) for d in wrong.diagnostics if d.is_error] == [("b.yaml", 6)]
    assert "kind: [ConfigMap]" in wrong.texts["b.yaml"]
    assert (platform.bundle, platform.refusal[:16]) == (None, "it is a platform")


async def test_a_spec_that_ends_the_process_is_no_end_of_the_others(
    source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dies.py").write_text(DIES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(compiling, "PROGRAM", "dies")
    first, failed, last = await answers(source, ["a.yaml", "b.yaml", "c.yaml"])
    assert first.bundle is not None
    assert (failed.path, failed.bundle) == ("b.yaml", None)
    assert failed.refusal == "compiling it ended with exit code 7"
    assert last.path == "c.yaml"


async def test_what_git_can_not_read_is_an_error_of_the_source(source: GitSource) -> None:
    with pytest.raises(GitError):
        await answers(source, ["nowhere.yaml"])
