"""The one way in which a command gives up: what is wrong, in a sentence, and what to do, in another."""

from __future__ import annotations

from trimtab.cli.exits import Exit


class Complaint(Exception):
    """Caught in `main` alone. Findings about a spec are diagnostics, collected and rendered, never complaints."""

    def __init__(self, message: str, next_step: str = "", exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.exit_code = exit_code
