"""What an accident is: what happens to a running system, how the next command ends, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from accidents import System, Told

from trimtab.cli.exits import Exit

Door = Callable[[], Told]
Accident = Callable[[System], Door | None]


class Ending(NamedTuple):
    """How the command ends, and what that means for what is there."""

    code: Exit
    means: str


WRONG, REFUSED, AWAY = (Ending(code, "refused") for code in (Exit.FINDINGS, Exit.FAILED, Exit.UNREACHABLE))
HELD, UNHARMED = Ending(Exit.FINDINGS, "held"), Ending(Exit.OK, "goes on, nothing lost")


@dataclass(frozen=True)
class History:
    """`says` is part of what is said, in one line; `changed` are patterns of what may come or change, `gone` of what may
    go: `*/configmaps/other`."""

    accident: Accident
    ends: Ending
    says: str
    changed: tuple[str, ...]
    gone: tuple[str, ...]


HISTORIES: dict[str, History] = {}
OUR_MEMORY = ("*/mlsystems/shop", "*/configmaps/shop-applied-*")
"""The status says what is held, and a bundle is kept before it is applied."""

OURS = (
    *("configmaps/settings", "configmaps/limits", "services/door", "clusterroles/reader-*"),
    *("networkpolicies/shop-*", "mlsystems/shop"),
)

NOT_RIGHT = "is not right, and nothing was done"
EMPTIED = "the spec asks for nothing any more, and 4 objects would be deleted"
DATA = "something that holds data would be deleted"
ANOTHERS = "is kept by file:"
THERE = "it is there already, made by helm, and not of this system"


def history(
    name: str, ends: Ending, says: str, *, changed: Collection[str] = (), gone: Collection[str] = ()
) -> Callable[[Accident], Accident]:
    """What happened, how the command ends that is called next (`trimtab apply`, where none is given), what it says."""

    def told(accident: Accident) -> Accident:
        HISTORIES[name] = History(accident, ends, says, tuple(changed), tuple(gone))
        return accident

    return told
