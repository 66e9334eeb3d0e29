"""What is planned for one object is never done to another that has taken its name since: a plan is made from what is there.

Somebody deletes the object and makes one of his own under its name, after a plan and before the deed, and no watch tells.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import Live, SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.actions import AdoptObject, ApplyObject, Hold, HoldKind, Plan, Verb
from trimtab.reconciler.cluster import Change, Event
from trimtab.reconciler.state import State

SETTINGS = Ref("v1", "ConfigMap", SYSTEM, "settings")


class Selective(SimulatedCluster):
    """Its watches tell of what bears labels alone."""

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncIterator[Event]:
        async for event in super().watch(kinds, namespace, selector):
            if event.observed is None or event.change is Change.DELETED or event.observed.labels:
                yield event

    def give_away(self, ref: Ref) -> None:
        """To a stranger."""
        self.clock += 1
        self.objects[ref] = Live(theirs(), "theirs", self.clock, None)

    async def edit(self, ref: Ref) -> None:
        body = self.objects[ref].body
        await self.replace({**body, "data": {"x": "somebody's"}}, revision="")

    def strip(self, ref: Ref) -> None:
        """Its labels are taken off, so that no watch tells of it any more."""
        live = self.objects[ref]
        metadata = {**live.body["metadata"], "labels": {}}
        self.clock += 1
        own = {**(live.own or {}), "metadata": metadata}
        self.objects[ref] = Live({**live.body, "metadata": metadata}, live.uid, self.clock, own)


def theirs() -> dict[str, Any]:
    metadata = {"name": SETTINGS.name, "namespace": SYSTEM}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"theirs": "1"}}


class TakesItsName:
    """`at` is the verb of the plan after which it happens."""

    def __init__(self, cluster: Selective, at: Verb) -> None:
        self._cluster, self._at = cluster, at
        self.plans = 0

    def planned(self, plan: Plan, state: State) -> None:
        aimed = [a for a in plan.actions if isinstance(a, ApplyObject | AdoptObject) and a.ref == SETTINGS]
        if not any(action.step.verb is self._at for action in aimed):
            return
        self.plans += 1
        if self.plans == 1:
            self._happens()

    def _happens(self) -> None:
        self._cluster.give_away(SETTINGS)

    def acted(self, action: object) -> None: ...


async def hold_after(cluster: Selective, wanted: Bundle, listener: Any) -> Hold:
    plan, _ = await settle(cluster, wanted, listener=listener)
    (hold,) = [each for each in plan.holds if each.node == "ConfigMap/settings"]
    assert hold.kind is HoldKind.BLOCKED
    return hold


@pytest.mark.parametrize("verb", [Verb.HEAL, Verb.UPDATE, Verb.ADOPT])
async def test_nothing_is_written_to_a_successor_and_it_is_told_of(verb: Verb) -> None:
    cluster = Selective(Store())
    await settle(cluster, shop(settings="a"))
    if verb is Verb.HEAL:
        await cluster.edit(SETTINGS)
    if verb is Verb.ADOPT:
        system = Ref("trimtab.dev/v1", "MLSystem", SYSTEM, SYSTEM)
        cluster.objects[system].body["status"]["baseline"] = ""
    accident = TakesItsName(cluster, verb)
    hold = await hold_after(cluster, shop(settings="b" if verb is Verb.UPDATE else "a"), accident)
    assert hold.reason.startswith("it is there already")
    assert cluster.objects[SETTINGS].body == theirs()
    assert accident.plans == 1


@pytest.mark.parametrize("verb", [Verb.ADOPT, Verb.HEAL])
async def test_what_was_met_without_our_labels_is_looked_at_again(verb: Verb) -> None:
    """It is known only by the apply that met it."""
    cluster = Selective(Store())
    await settle(cluster, shop(settings="a"))
    cluster.strip(SETTINGS)
    accident = TakesItsName(cluster, verb)
    hold = await hold_after(cluster, shop(settings="a"), accident)
    assert hold.reason.startswith("it is there already")
    assert cluster.objects[SETTINGS].body == theirs()
    assert accident.plans == 1


async def test_what_is_gone_is_made_again() -> None:
    class TakesAway(TakesItsName):
        def _happens(self) -> None:
            del self._cluster.objects[SETTINGS]

    cluster = Selective(Store())
    await settle(cluster, shop(settings="a"))
    await cluster.edit(SETTINGS)
    accident = TakesAway(cluster, Verb.HEAL)
    plan, _ = await settle(cluster, shop(settings="a"), listener=accident)
    assert plan.is_converged, plan.holds
    assert cluster.objects[SETTINGS].body["data"] == {"x": "a"}
    assert accident.plans == 1
