"""Why a Pod can't run: not yet, or not on this machine at all."""

from __future__ import annotations

NOT_RUNNABLE = "NotRunnable"
"""No attempt on this machine can be any better."""


class Hindered(Exception):
    """Raised while a Pod is prepared, and shown in its status. The text is one sentence for people."""

    def __init__(self, message: str, reason: str = NOT_RUNNABLE, exit_code: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.exit_code = exit_code
        """What a shell would say of its command, where that is what hinders it; else 0."""

    @property
    def final(self) -> bool:
        return self.reason == NOT_RUNNABLE
