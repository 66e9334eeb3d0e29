"""What a spec comes to in each of its environments, so that two texts of one spec can be held against each other.

Where a text compiles, that is its manifests, byte for byte; where it doesn't, the errors that say why. It judges
nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from trimtab.compiler import emit
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.files import FolderFiles
from trimtab.reconciler.preparing import prepare
from trimtab.spec.load import load


@dataclass(frozen=True, slots=True)
class Outcome:
    files: Mapping[str, str]
    errors: frozenset[tuple[str, str]]

    @property
    def texts(self) -> dict[str, str]:
        refused = "".join(f"{code}: {message}\n" for code, message in sorted(self.errors))
        return {**self.files, **({"errors": refused} if refused else {})}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One environment; its name is empty where the spec names none."""

    environment: str
    before: Outcome
    after: Outcome

    @property
    def alike(self) -> bool:
        return self.before == self.after

    @property
    def compiles(self) -> bool:
        return bool(self.after.files)

    def difference(self) -> Iterator[str]:
        """As `diff -u` has it, a file after the other."""
        before, after = self.before.texts, self.after.texts
        for name in sorted(before.keys() | after.keys()):
            old, new = (texts.get(name, "").splitlines(keepends=True) for texts in (before, after))
            shown = f"{self.environment}/{name}".lstrip("/")
            yield from unified_diff(old, new, f"{shown} (before)", f"{shown} (after)")


async def compare(path: Path, before: str, after: str) -> list[Comparison]:
    """Both texts in the place of the spec at `path`, in each environment that the second one names."""
    system = load(after, str(path)).system
    names = tuple(system.spec.environments) if system else ()
    return [
        Comparison(name or "", await _outcome(path, before, name), await _outcome(path, after, name))
        for name in names or (None,)
    ]


async def _outcome(path: Path, text: str, environment: str | None) -> Outcome:
    folder = path.resolve().parent
    prepared = await prepare(text, str(path), environment, FolderFiles(folder), Origin(f"file:{path}", ""))
    errors = frozenset((d.code, d.message) for d in prepared.diagnostics if d.is_error)
    return Outcome(emit.files(prepared.bundle) if prepared.bundle else {}, errors)
