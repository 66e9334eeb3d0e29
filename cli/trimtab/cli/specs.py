"""Finding specs on disk: by path, by glob, or by name in a folder. It reads nothing of what is in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from trimtab.cli.complaint import Complaint

NAME = "mlsystem.yaml"
NAMES = (NAME, "mlsystem.yml")
ENDINGS = (".mlsystem.yaml", ".mlsystem.yml")
NEVER = frozenset({"node_modules", "__pycache__", "venv"})
"""Folders that hold other people's files; those whose name begins with a dot are skipped as well."""


def one(argument: str | None) -> Path:
    """The one spec that a command is about: a file, or a folder with a spec in it."""
    path = Path(argument or ".")
    if not path.is_dir():
        if not path.exists():
            raise Complaint(f"{path} does not exist", "trimtab init")
        return path
    found = [path / name for name in NAMES if (path / name).is_file()]
    if not found:
        raise Complaint(f"no {NAME} in {path.resolve()}", "trimtab init, or name the spec's path")
    return found[0]


def several(arguments: Sequence[str]) -> list[Path]:
    """Every spec that the arguments mean, each once; without arguments, those at and below the current folder."""
    found = [path for argument in arguments or (".",) for path in _expand(argument)]
    if not found:
        raise Complaint(f"no spec in {', '.join(arguments) or Path.cwd()}", "trimtab init, or name a file")
    return list(dict.fromkeys(found))


def _expand(argument: str) -> list[Path]:
    path = Path(argument)
    if path.is_dir():
        return sorted(_below(path))
    if path.exists() or not glob.has_magic(argument):
        return [path]
    matches = glob.glob(argument, recursive=True)  # noqa: PTH207  a pattern may be absolute, or begin with ..
    return sorted(Path(match) for match in matches if Path(match).is_file())


def _below(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in NEVER]
        yield from (Path(top, name) for name in names if name in NAMES or name.endswith(ENDINGS))
