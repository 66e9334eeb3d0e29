"""Collecting what the compiler finds: codes TT4xx, each at its spec line.

TT401 cannot be compiled yet, TT402 names collide, TT403 a source is missing, TT404 code is too large to travel,
TT405 an image cannot run there, TT406 an API server would reject it, TT407 what is asked for says too little,
TT408 the cluster does not have it, TT409 its Pods would be refused, TT410 an object of one's own says what is not its
own to say, TT411 a patch does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trimtab.spec.diagnostic import Diagnostic, Note, ordered
from trimtab.spec.positions import Positions, SpecPath


@dataclass(slots=True)
class Findings:
    """Diagnostics in the making; `add` points at the key of `path`."""

    positions: Positions
    found: list[Diagnostic] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.found)

    def add(self, code: str, message: str, path: SpecPath, *notes: tuple[str, SpecPath]) -> None:
        told = tuple(Note(text, self.positions.key(place)) for text, place in notes)
        self.found.append(Diagnostic(code, message, self.positions.key(path), notes=told))

    def ordered(self) -> tuple[Diagnostic, ...]:
        return ordered(self.found)
