"""Lays a system over the platform it is part of, and refuses what would widen what it gets.

The platform's stores, pools, policies and the rest become part of the system's tree, found at their lines in the
platform's file. A key that both have is the system's if it asks for less (`narrowing`), and an error otherwise.
Which file that is, and what it holds, is the caller's to know: nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec import narrowing
from trimtab.spec.diagnostic import Diagnostic, Note
from trimtab.spec.overlay import merge
from trimtab.spec.positions import Positions, SpecPath
from trimtab.spec.shape.build import Kind
from trimtab.spec.shape.places import SPEC, below, long_form

if TYPE_CHECKING:
    from trimtab.spec.load import Loaded

Tree = Mapping[str, Any]
Path = tuple[str, ...]
_QUEUES = ("spec", "compute", "queues")


class Joined(NamedTuple):
    """A system's tree with its platform's below it, where each value is written, and what was refused."""

    tree: dict[str, Any]
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]


def join(tree: Tree, positions: Positions, platform: Loaded) -> Joined:
    """`tree` is a system's, its environment's overrides merged; `platform` is one that loaded without an error."""
    given = _given(platform.document.tree or {}, tree)
    merged = merge(given, tree["spec"], SPEC, ("spec",))

    where = Positions.later(lambda: _given_positions(platform.positions, tree))

    def joined() -> Positions:
        entries = {path: entry for path in positions if (entry := positions.get(path))}
        return where.overlaid(entries, iter((*merged.replaced, *merged.removed)))

    refused = _Refusals(positions, platform, where).below(tree["spec"], given, SPEC, ())
    return Joined({**tree, "spec": merged.tree}, Positions.later(joined), tuple(refused))


def _given(platform: Tree, system: Tree) -> dict[str, Any]:
    """What the platform gives this system: of the queues, the quota of the one that it chose."""
    given = dict(platform.get("spec", {}))
    compute = dict(given.get("compute", {}))
    queues = compute.pop("queues", {})
    name = _queue(system)
    if name in queues:
        compute["queue"] = {"name": name, **queues[name]}
    return {**given, "compute": compute} if compute else {k: v for k, v in given.items() if k != "compute"}


def _queue(system: Tree) -> str | None:
    name: str | None = system["spec"].get("compute", {}).get("queue", {}).get("name")
    return name


def _given_positions(platform: Positions, system: Tree) -> Positions:
    """Where all that is written, at the places that it has in a system."""
    queue = _queue(system)
    placed = ((_place(path, queue), platform.get(path)) for path in platform)
    return Positions({place: entry for place, entry in placed if place is not None and entry})


def _place(path: SpecPath, queue: str | None) -> SpecPath | None:
    """Where a system has what its platform says at `path`; of other queues than its own, and of metadata, nowhere."""
    if path[:3] == _QUEUES:
        return (*_QUEUES[:2], "queue", *path[4:]) if path[3:4] == (queue,) and len(path) > 4 else None
    return path if path[:1] in ((), ("spec",)) else None


class _Refusals:
    """Walks what a system says beside what its platform gives, which stands at `where`."""

    def __init__(self, positions: Positions, platform: Loaded, where: Positions) -> None:
        self._positions, self._platform, self._where = positions, platform, where

    def below(self, own: Tree, given: Tree, kind: Kind | None, at: Path) -> Iterator[Diagnostic]:
        for key, value in own.items():
            path = (*at, key)
            if narrowing.belongs_to_system(path):
                continue
            if key in given:
                yield from self._both(value, given[key], below(kind, key), path)
            elif refusal := self._added(value, given, path):
                yield refusal

    def _both(self, own: Any, given: Any, kind: Kind | None, at: Path) -> Iterator[Diagnostic]:
        own, given = long_form(kind, own), long_form(kind, given)
        if isinstance(own, Mapping) and isinstance(given, Mapping):
            yield from self.below(own, given, kind, at)
        elif own != given:
            limit = narrowing.limit_at(at)
            if limit is None:
                yield self._refusal(at, f"{self._title} says what `{'.'.join(at)}` is", note=True)
            elif not limit.holds(given, own):
                allowed = ", ".join(map(str, given)) if isinstance(given, list) else given
                yield self._refusal(at, f"{self._title} allows {limit.words} {allowed} here", note=True)

    def _added(self, own: Any, given: Tree, at: Path) -> Diagnostic | None:
        """A key that the platform does not have: additional, a restriction, or more than it gives."""
        limit, parent = narrowing.limit_at(at), at[:-1]
        if limit is not None:
            if limit.default is None or limit.holds(limit.default, own):
                return None
            return self._refusal(
                at, f"{self._title} allows {limit.words} {limit.default} here, which is the default"
            )
        if parent in narrowing.OPEN or (parent in narrowing.CLOSED and not given):
            return None
        if parent in narrowing.CLOSED:
            return self._refusal(
                at, f"{self._title} has no `{at[-1]}` in `{'.'.join(parent)}`, and a system adds none"
            )
        return self._refusal(
            at, f"{self._title} says what `{'.'.join(parent)}` is; `{at[-1]}` cannot be added"
        )

    @property
    def _title(self) -> str:
        metadata = (self._platform.document.tree or {}).get("metadata", {})
        return f"platform {metadata.get('name', '')}".rstrip()

    def _refusal(self, at: Path, message: str, note: bool = False) -> Diagnostic:
        place = ("spec", *at)
        said = Note("said here", self._where.value(place))
        return Diagnostic("TT319", message, self._positions.value(place), notes=(said,) if note else ())
