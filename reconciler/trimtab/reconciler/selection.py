"""Which specs of a commit are meant: files, folders or globs of its paths, as `trimtab check` takes them of a disk.

It sees the paths of a commit and nothing else. A file that is named is meant, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import PurePosixPath

from trimtab.spec.spec_files import is_passed_over, is_platform, is_system


@dataclass(frozen=True, slots=True)
class Selection:
    """`patterns` are paths below the repository's root, with forward slashes; "" is the root. `**` is any folders."""

    patterns: tuple[str, ...] = ("",)

    def of(self, paths: Iterable[str]) -> list[str]:
        """The specs, each once, in order."""
        paths = list(paths)
        return sorted({path for pattern in self.patterns for path in _meant(pattern, paths)})

    def without_match(self, paths: Iterable[str]) -> list[str]:
        """The patterns that mean nothing there."""
        paths = list(paths)
        return [pattern for pattern in self.patterns if not _meant(pattern, paths)]


def _meant(pattern: str, paths: Sequence[str]) -> list[str]:
    if has_magic(pattern):
        parts = pattern.split("/")
        return [path for path in paths if _matches(path.split("/"), parts) and not is_platform(_name(path))]
    if pattern in paths:
        return [pattern]
    below = f"{pattern}/" if pattern else ""
    return [path for path in paths if path.startswith(below) and _is_found_below(path.removeprefix(below))]


def _is_found_below(path: str) -> bool:
    *folders, name = path.split("/")
    return is_system(name) and not any(is_passed_over(folder) for folder in folders)


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """As `glob` does: a wildcard ends at a slash, and does not stand for what begins with a dot."""
    if not pattern:
        return not parts
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        deeper = bool(parts) and not parts[0].startswith(".") and _matches(parts[1:], pattern)
        return deeper or _matches(parts, rest)
    if not parts or (parts[0].startswith(".") and not first.startswith(".")):
        return False
    return fnmatchcase(parts[0], first) and _matches(parts[1:], rest)


def _name(path: str) -> str:
    return PurePosixPath(path).name
