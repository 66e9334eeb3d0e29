"""Finding specs on disk: by path, by glob, or by name in a folder.

A person who names a file means it, whatever it holds. A hook hands over every YAML file of a commit, so there a file
is a spec by its name (`mlsystem.yaml`, `fraud.mlsystem.yaml`, `mlplatform.yaml`), or because a line of it says
`apiVersion: trimtab.dev/`.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from trimtab.cli.complaint import Complaint
from trimtab.spec.spec_files import NAME, NAMES, is_passed_over, is_platform, is_system

_OURS = re.compile(rb"""^(?:\{\s*)?["']?apiVersion["']?[ \t]*:[ \t]*["']?trimtab\.dev/""", re.MULTILINE)
"""A file need not be sound YAML to be a spec: the finding is that it isn't."""


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


def several(arguments: Sequence[str], *, skip_others: bool = False) -> list[Path]:
    """Every spec that the arguments mean, each once; without arguments, those at and below the current folder.

    With `skip_others`, files that are no specs are left out, and it is well if none remains.
    """
    found = [path for argument in arguments or (".",) for path in _expand(argument)]
    if not found:
        raise Complaint(f"no spec in {', '.join(arguments) or Path.cwd()}", "trimtab init, or name a file")
    return [path for path in dict.fromkeys(found) if not skip_others or is_spec(path)]


def is_spec(path: Path) -> bool:
    """Whether a file is ours. One that can't be read is left to whoever reads it in earnest."""
    if _is_called_a_spec(path.name):
        return True
    try:
        return _OURS.search(path.read_bytes()) is not None
    except OSError:
        return True


def _is_called_a_spec(name: str) -> bool:
    return is_system(name) or is_platform(name)


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
        folders[:] = [name for name in folders if not is_passed_over(name)]
        yield from (Path(top, name) for name in names if _is_called_a_spec(name))
