"""What an installation may lack: the base is the hook, and each extra is asked for by name where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from trimtab.cli.complaint import Complaint


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around imports that the extra brings. A module of our own that is missing is a bug, and stays one."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("trimtab"):
            raise
        raise Complaint(f"{error.name} is not installed", f"pip install 'trimtab[{extra}]'") from error
