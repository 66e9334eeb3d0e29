"""What some parts of a spec know of themselves beyond their fields. Both kinds of object inherit these."""

from __future__ import annotations

from typing import Any, ClassVar

LOCAL = "local"
FOLLOW = "follow"


class Choice:
    """A one-of."""

    __slots__ = ()
    variants: ClassVar[tuple[str, ...]] = ()

    @property
    def chosen(self) -> str | None:
        """The attribute name of the variant that was written."""
        return next((v for v in self.variants if getattr(self, v) is not None), None)


class Versioned:
    """A dataset."""

    __slots__ = ()
    version: Any

    @property
    def pinned(self) -> str | None:
        return None if self.version == FOLLOW else str(self.version)


class Places:
    """Where an environment runs."""

    __slots__ = ()
    runs: Any
    serving: Any

    @property
    def local(self) -> bool:
        return bool(self.runs == LOCAL)

    @property
    def clusters(self) -> tuple[str, ...]:
        """Each cluster once, the one that trains first."""
        return tuple(dict.fromkeys([*([self.runs] if self.runs else []), *self.serving]))


class Computing:
    """A whole system."""

    __slots__ = ()

    @property
    def computes(self: Any) -> bool:
        """Whether anything is run, checked or served. Objects of one's own alone need nothing for that."""
        return any((self.data.datasets, self.data.pipelines, self.training, self.deployment))


FACTS: dict[str, type] = {kind.__name__: kind for kind in (Choice, Versioned, Places, Computing)}
