"""A template turned into files. It decides what is written before anything is, and never replaces a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from trimtab.cli import files
from trimtab.cli.complaint import Complaint

TEMPLATES = Path(__file__).parent / "templates"
NAMES = ("minimal", "train-and-serve", "pipeline")
PLACEHOLDER = "my-system"
IGNORED = ".trimtab/"
LONGEST_NAME = 40


def contents(template: str, name: str) -> dict[str, str]:
    """The files of a template by their paths; the first is the spec."""
    top = TEMPLATES / template
    paths = sorted(p for p in top.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    found = {p.relative_to(top).as_posix(): files.read(p) for p in paths}
    return {path: text.replace(f"name: {PLACEHOLDER}\n", f"name: {name}\n") for path, text in found.items()}


def place(folder: Path, wanted: Mapping[str, str]) -> None:
    """Raises before the first write if one of the files is there already."""
    there = [path for path in wanted if (folder / path).exists()]
    if there:
        raise Complaint(
            f"{folder / there[0]} is there already, and nothing was written",
            "trimtab init in an empty folder",
        )
    for path, text in wanted.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        files.write(folder / path, text)


def name_from(folder: Path) -> str:
    """The folder's name as a system may be called: lower case letters, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:LONGEST_NAME].strip("-")
    return plain if re.match(r"[a-z]", plain) else f"system-{plain}".rstrip("-")


def ignore(folder: Path) -> bool:
    """Keep git from our state. Says whether that was news."""
    path = folder / ".gitignore"
    text = files.read(path) if path.exists() else ""
    if IGNORED in text.split():
        return False
    separator = "" if not text or text.endswith("\n") else "\n"
    files.write(path, f"{text}{separator}{IGNORED}\n")
    return True
