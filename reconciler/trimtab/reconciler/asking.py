"""Why something is stuck that no watch tells, but events of controllers or Pods do: asked when a person looks.

A cluster at rest is asked for nothing, so a health says no more than that its events would.
"""

from __future__ import annotations

from dataclasses import replace

from trimtab.reconciler.cluster import Cluster, Observed
from trimtab.reconciler.health.jobs import PODS_NOT_MADE
from trimtab.reconciler.health.sentences import not_created
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.lingering import pods_left
from trimtab.reconciler.state import State


async def with_reasons(cluster: Cluster, state: State, namespace: str) -> State:
    """The same state; what is stuck says why. Raises ClusterUnavailable."""
    stuck = [each for each in state.objects.values() if each.health.reason == PODS_NOT_MADE]
    told = {each.ref: await _told(cluster, each) for each in stuck}
    lost = [record.name for record in state.records.values() if record.phase is Phase.LOST]
    left = {name: pods for name in lost if (pods := await pods_left(cluster, namespace, name))}
    return replace(state, objects={**state.objects, **told}, lingering=left) if told or left else state


async def _told(cluster: Cluster, stuck: Observed) -> Observed:
    happenings = await cluster.events(stuck.ref.namespace, stuck.ref)
    last = next((h for h in reversed(happenings) if h.reason == "FailedCreate" and h.message), None)
    if last is None:
        return stuck
    message = not_created(last.message.removeprefix("Error creating: "))
    return replace(stuck, health=replace(stuck.health, reason=last.reason, message=message))
