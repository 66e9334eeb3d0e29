"""Kubeconfigs as files: those of KUBECONFIG as one, where each name counts as the first of them that has it says.

As client-go merges them, and paths are relative to the file they stand in. It interprets nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from trimtab.reconciler.cluster import ClusterUnavailable


class Entry(NamedTuple):
    """What goes by a name, and the folder that its paths start from."""

    content: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True, slots=True)
class Merged:
    current: str = ""
    contexts: dict[str, Entry] = field(default_factory=dict)
    clusters: dict[str, Entry] = field(default_factory=dict)
    users: dict[str, Entry] = field(default_factory=dict)


def existing(files: str) -> list[Path]:
    """Those that are there of a list as KUBECONFIG has it."""
    # pathlib's own raise for another user's home and for folders that may not be entered; those are just not there.
    paths = (os.path.expanduser(file) for file in files.split(os.pathsep) if file)  # noqa: PTH111
    return [Path(path) for path in paths if os.path.exists(path)]  # noqa: PTH110


def merged(files: str) -> Merged:
    """Raises ClusterUnavailable for a file that is no kubeconfig."""
    current, sections = "", Merged()
    for path in existing(files):
        whole = _read(path)
        current = current or str(whole.get("current-context") or "")
        for what, known in (
            ("context", sections.contexts),
            ("cluster", sections.clusters),
            ("user", sections.users),
        ):
            for name, content in _named(whole, what, path):
                known.setdefault(name, Entry(content, path.absolute().parent))
    return Merged(current, sections.contexts, sections.clusters, sections.users)


def _read(path: Path) -> Mapping[str, Any]:
    """By PyYAML itself: where something stands in a kubeconfig is of no interest. A daemon in a Pod needs none of it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        whole = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader, either of them
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unreadable(path, str(error).strip().splitlines()[0]) from error
    if whole is not None and not isinstance(whole, dict):
        raise _unreadable(path, "it is no mapping")
    return whole or {}


def _named(whole: Mapping[str, Any], what: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    items = whole.get(f"{what}s") or []
    if not isinstance(items, list):
        raise _unreadable(path, f"{what}s is no list")
    for item in items:
        content = item.get(what) or {} if isinstance(item, dict) else None
        if not isinstance(content, dict) or "name" not in item:
            raise _unreadable(path, f"a {what} needs a `name` and a mapping `{what}`")
        yield str(item["name"]), content


def _unreadable(path: Path, why: str) -> ClusterUnavailable:
    return ClusterUnavailable(f"{path} can't be read as a kubeconfig ({why[:200]})")
