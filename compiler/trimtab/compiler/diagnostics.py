"""Collecting what the compiler finds: codes TT4xx, each at its spec line.

TT401 cannot be compiled yet, TT402 names collide, TT403 a source is missing, TT404 code is too large to travel,
TT405 an image cannot run there, TT406 an API server would reject it, TT407 what is asked for is ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trimtab.spec.diagnostic import Diagnostic, Note
from trimtab.spec.positions import Positions, SpecPath


@dataclass(slots=True)
class Findings:
    """Diagnostics in the making; `add` points at the key of `path`."""

    positions: Positions
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, code: str, message: str, path: SpecPath, *notes: str | tuple[str, SpecPath]) -> None:
        self.found.append(
            Diagnostic(code, message, self.positions.key(path), notes=tuple(map(self._note, notes)))
        )

    def _note(self, note: str | tuple[str, SpecPath]) -> Note:
        return Note(note) if isinstance(note, str) else Note(note[0], self.positions.key(note[1]))
