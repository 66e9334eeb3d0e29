"""What the spec that a command is about means. It imports the language and the compiler, and nothing of an engine."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trimtab.reconciler.understood import Understood


def compiled(path: Path, environment: str | None) -> Understood:
    """Packed, to travel. Raises OSError where the spec can't be read."""
    from dataclasses import replace

    from trimtab.compiler.packed import packed
    from trimtab.reconciler.addresses import Origin
    from trimtab.reconciler.preparing import meaning_of, prepare_folder

    unasked = Origin("", "")  # the parent asks git, at the same time
    found = meaning_of(str(path), _at_once(prepare_folder(path, environment, unasked)))
    return replace(found, bundle=packed(found.bundle) if found.bundle is not None else None)


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of what never waits, without the 30 ms of importing asyncio: folders are read at once."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")
