"""What watches tell of one cluster, given to whoever asks for it.

One watch a kind stands behind all who ask for the same. With `all_systems`, one stands behind every system of the
cluster; where that is refused, single namespaces are watched.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from trimtab.reconciler.cluster import ClusterUnavailable, Event
from trimtab.reconciler.kubernetes.arrivals import Arrivals
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.kubernetes.scope import Scope
from trimtab.reconciler.kubernetes.subscription import Subscription
from trimtab.reconciler.kubernetes.watching import Habits, Refused
from trimtab.reconciler.ledger import SYSTEM_LABEL


class _Choice(NamedTuple):
    namespace: str
    selector: str
    pods_selector: str


class Feeds:
    def __init__(
        self, connection: Connection, discovery: Discovery, manager: str, *, all_systems: bool = False
    ) -> None:
        self._manager: Final = manager
        self._habits = Habits(connection, discovery, Arrivals(connection, discovery))
        self._all_systems = all_systems
        self._scopes: dict[_Choice, Scope] = {}

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Event, None]:
        """See `Cluster.watch`. Raises ClusterUnavailable."""
        if self._all_systems and SYSTEM_LABEL in (selector or {}):
            try:
                async with aclosing(self._follow(_EVERY_SYSTEM, kinds, namespace, selector)) as events:
                    async for event in events:
                        yield event
            except Refused:
                self._all_systems = False
        choice = _Choice(namespace, _text(selector), _text(_of_pods(selector)))
        try:
            async with aclosing(self._follow(choice, kinds, namespace, selector)) as events:
                async for event in events:
                    yield event
        except Refused as error:
            raise ClusterUnavailable(f"{error}; `trimtab cluster rights` prints what it takes") from error

    async def _follow(
        self,
        choice: _Choice,
        kinds: Sequence[tuple[str, str]],
        namespace: str,
        selector: Mapping[str, str] | None,
    ) -> AsyncGenerator[Event, None]:
        scope = self._scopes.get(choice)
        if scope is None:
            scope = self._scopes[choice] = Scope(self._habits, self._manager, *choice)
        subscription = Subscription(kinds, namespace, selector)
        try:
            scope.join(kinds, subscription)
            async with aclosing(subscription.events()) as events:
                async for event in events:
                    yield event
        finally:
            scope.leave(subscription)
            if scope.is_idle:
                self._scopes.pop(choice, None)


_EVERY_SYSTEM = _Choice("", SYSTEM_LABEL, SYSTEM_LABEL)


def _text(selector: Mapping[str, str] | None) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted((selector or {}).items()))


def _of_pods(selector: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Pods carry their system's label, and need not carry the others of their owner."""
    given = selector or {}
    return {SYSTEM_LABEL: given[SYSTEM_LABEL]} if SYSTEM_LABEL in given else None
