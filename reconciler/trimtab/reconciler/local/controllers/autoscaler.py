"""Autoscalers: replicas stay between the least and the most. Load is not measured here, and the status says so."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.controller import Controller
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.store import Change

MANAGER = "horizontal-pod-autoscaler"


class AutoscalerController(Controller):
    kind = ("autoscaling/v2", "HorizontalPodAutoscaler")

    def concerned(self, change: Change) -> Iterable[Ref]:
        yield from super().concerned(change)
        for autoscaler in self.engine.store.of_kind(*self.kind, change.new.ref.namespace):
            if _target(autoscaler) == change.new.ref:
                yield autoscaler.ref

    def reconcile(self, stored: Stored) -> None:
        if stored.deleting:
            return
        target = self.engine.store.get(_target(stored))
        now, said = self.engine.now(), list(stored.status.get("conditions") or ())
        if target is None or target.deleting:
            text = f"{_target(stored)} is not there"
            said = conditions.put(said, "AbleToScale", False, now, "FailedGetScale", text)
            self.engine.set_status(stored.ref, {**stored.status, "conditions": said})
            return
        wanted = self._scale(stored, target)
        said = conditions.put(said, "AbleToScale", True, now, "ReadyForNewScale")
        said = conditions.put(
            said, "ScalingActive", None, now, "LoadNotMeasured", "load is not measured on this machine"
        )
        current = target.status.get("replicas", 0)
        status = {
            "currentReplicas": current,
            "desiredReplicas": wanted,
            "observedGeneration": stored.generation,
        }
        self.engine.set_status(stored.ref, {**stored.status, **status, "conditions": said})

    def _scale(self, autoscaler: Stored, target: Stored) -> int:
        """As a cluster's: 0 switches autoscaling off, anything else is brought within bounds."""
        now: int = target.spec.get("replicas", 1)
        wanted = min(max(now, autoscaler.spec.get("minReplicas", 1)), autoscaler.spec["maxReplicas"])
        if now == 0 or wanted == target.spec.get("replicas"):
            return now
        body = {**target.body, "spec": {**target.spec, "replicas": wanted}}
        self.engine.replace(body, MANAGER, revision=target.revision)
        return int(wanted)


def _target(autoscaler: Stored) -> Ref:
    target = autoscaler.spec.get("scaleTargetRef") or {}
    return Ref(
        target.get("apiVersion", "apps/v1"), target.get("kind", ""), autoscaler.ref.namespace, target["name"]
    )
