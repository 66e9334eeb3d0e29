"""pre-commit itself, and a repository that uses our hooks as its users do: from a clone, at a commit.

The hooks' environment is built by pre-commit with pip, from the package registry. It is built once a session.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
EVERY_HOOK = ("trimtab-migrate", "trimtab-fmt", "trimtab-check")


@dataclass(frozen=True)
class Hooks:
    """A clone of this checkout's HEAD, and the one home in which pre-commit keeps environments."""

    clone: Path
    revision: str
    home: Path

    @classmethod
    def cloned(cls, folder: Path) -> Hooks:
        clone = folder / "trimtab"
        git(folder, "clone", "--quiet", "--no-tags", str(ROOT), str(clone))
        return cls(clone, git(clone, "rev-parse", "HEAD").stdout.strip(), folder / "home")

    @property
    def program(self) -> Path:
        """The `trimtab` of the environment that pre-commit built."""
        (found,) = self.home.glob("repo*/py_env-*/bin/trimtab")
        return found

    def config(self, hooks: Sequence[str | dict[str, object]]) -> str:
        entries = [{"id": hook} if isinstance(hook, str) else hook for hook in hooks]
        repository = {"repo": str(self.clone), "rev": self.revision, "hooks": entries}
        return yaml.safe_dump({"repos": [repository]}, sort_keys=False)

    def used_in(self, folder: Path, hooks: Sequence[str | dict[str, object]] = EVERY_HOOK) -> Repository:
        folder.mkdir(exist_ok=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
        (folder / ".pre-commit-config.yaml").write_text(self.config(hooks))
        return Repository(folder, self.home)


@dataclass(frozen=True)
class Repository:
    """A user's. Files count once they are written: each call stages all of them, as a commit would."""

    folder: Path
    home: Path

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _call(self.folder, [str(PRE_COMMIT), *arguments], PRE_COMMIT_HOME=str(self.home))

    def hook(self, name: str) -> subprocess.CompletedProcess[str]:
        """One hook on all files."""
        git(self.folder, "add", "--all")
        return self.pre_commit("run", name, "--all-files", "--color", "never")

    def commit(self) -> subprocess.CompletedProcess[str]:
        """A commit of everything, as a person makes it."""
        git(self.folder, "add", "--all")
        return _call(self.folder, ["git", "commit", "-m", "specs"], PRE_COMMIT_HOME=str(self.home))

    def commits(self) -> int:
        return len(_call(self.folder, ["git", "log", "--format=%h"]).stdout.split())


def registry_answers(folder: Path) -> bool:
    """Whether pip, as this machine has it set up, gets a package."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--retries=0",
    ]
    return _call(folder, [*command, "--dest", str(folder / "probe"), "pyyaml"]).returncode == 0


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = _call(folder, ["git", *arguments])
    assert done.returncode == 0, done.stderr
    return done


def _call(folder: Path, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    """Without what a hook of an outer git, or of our own test runner, would hand down."""
    environment = {
        n: v for n, v in os.environ.items() if not n.startswith(("GIT_DIR", "GIT_INDEX", "GIT_WORK"))
    }
    identity = {
        f"GIT_{who}_{what}": "test@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, **identity, "NO_COLOR": "1", **more},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
