"""Deployments: so many replicas of one template, kept, scaled, and rolled over to a new template without a gap.

Pods belong to the Deployment itself, told apart by the hash of the template they were made from; there is no object
between the two and no history to roll back to: git has it.
"""

from __future__ import annotations

from typing import Any

from trimtab.reconciler.health import WAITING, pod_reason
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.controller import Controller, is_ended, is_ready, seconds_since
from trimtab.reconciler.local.controllers.pod_making import pod_from, template_hash
from trimtab.reconciler.local.controllers.rollout import Replicas, bounds, step
from trimtab.reconciler.local.objects import Stored

MANAGER = "deployment-controller"
HASH_LABEL = "pod-template-hash"
PROGRESS_DEADLINE = 600.0


class DeploymentController(Controller):
    kind = ("apps/v1", "Deployment")

    def reconcile(self, stored: Stored) -> float | None:
        if stored.deleting:
            return None
        pods = self.owned_pods(stored)
        for pod in pods:
            if is_ended(pod) and not pod.deleting:
                self.delete(pod)
        staying = [pod for pod in pods if not pod.deleting and not is_ended(pod)]
        name = template_hash(stored.spec["template"])
        replicas, wait = self._replicas(stored, staying, name)
        wanted = stored.spec.get("replicas", 1)
        if not stored.spec.get("paused") or not replicas.old:
            self._step(stored, replicas, wanted, len(pods) - len(staying), name)
        return self._report(stored, replicas, wanted, wait)

    def _replicas(self, deployment: Stored, pods: list[Stored], name: str) -> tuple[Replicas, float | None]:
        """The Pods by template, and how long until a ready one counts as available."""
        waits = {pod.ref.name: self._until_available(deployment, pod) for pod in pods}
        coming = [wait for wait in waits.values() if wait]
        new = [pod for pod in pods if pod.labels.get(HASH_LABEL) == name]
        old = [pod for pod in pods if pod.labels.get(HASH_LABEL) != name]
        available = frozenset(pod for pod, wait in waits.items() if wait == 0)
        return Replicas(new, old, available), min(coming, default=None)

    def _until_available(self, deployment: Stored, pod: Stored) -> float | None:
        """None while it is not ready, 0 once it has been for `minReadySeconds`."""
        ready = next((c for c in pod.status.get("conditions") or () if c["type"] == "Ready"), None)
        if ready is None or not is_ready(pod):
            return None
        since = seconds_since(ready["lastTransitionTime"], self.engine.now())
        return max(float(deployment.spec.get("minReadySeconds", 0)) - since, 0.0)

    def _step(self, deployment: Stored, replicas: Replicas, wanted: int, leaving: int, name: str) -> None:
        recreate = (deployment.spec.get("strategy") or {}).get("type") == "Recreate"
        limits = bounds(deployment.spec, wanted)
        now = step(replicas, wanted, limits, recreate=recreate, leaving=leaving)
        for _ in range(now.create):
            stem = f"{deployment.ref.name}-{name}"
            pod = pod_from(deployment, deployment.spec["template"], stem, labels={HASH_LABEL: name})
            self.engine.create(pod, MANAGER)
        for gone in now.delete:
            self.delete(gone)

    def _report(
        self, deployment: Stored, replicas: Replicas, wanted: int, wait: float | None
    ) -> float | None:
        ready = sum(is_ready(pod) for pod in (*replicas.new, *replicas.old))
        available = len(replicas.available)
        counts = {
            "replicas": replicas.total,
            "updatedReplicas": len(replicas.new),
            "readyReplicas": ready,
            "availableReplicas": available,
            "unavailableReplicas": max(wanted - available, 0),
        }
        done = len(replicas.new) == available == wanted and not replicas.old
        said, left = self._progress(deployment, counts, done)
        least = bounds(deployment.spec, wanted).least
        enough = available >= least
        reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
        said = conditions.put(
            said, "Available", enough, self.engine.now(), reason, f"{available} of {wanted} replicas"
        )
        said = _with_waiting(said, replicas, self.engine.now())
        status = {
            **deployment.status,
            **counts,
            "observedGeneration": deployment.generation,
            "conditions": said,
        }
        self.engine.set_status(deployment.ref, status)
        waits = [each for each in (wait, left) if each is not None]
        return min(waits, default=None)

    def _progress(
        self, deployment: Stored, counts: dict[str, int], done: bool
    ) -> tuple[list[conditions.Condition], float | None]:
        """The Progressing condition, and how long until it is late."""
        now, old = self.engine.now(), list(deployment.status.get("conditions") or ())
        before: conditions.Condition = next((c for c in old if c["type"] == "Progressing"), {})
        if done:
            said = conditions.put(
                old, "Progressing", True, now, "NewReplicaSetAvailable", "it is as it should be"
            )
            return _stamped(said, before.get("lastUpdateTime", now)), None
        moved = any(deployment.status.get(key) != value for key, value in counts.items())
        fresh = deployment.status.get("observedGeneration") != deployment.generation
        since = now if moved or fresh or "lastUpdateTime" not in before else before["lastUpdateTime"]
        left = float(deployment.spec.get("progressDeadlineSeconds", PROGRESS_DEADLINE)) - seconds_since(
            since, now
        )
        if left > 0:
            said = conditions.put(
                old, "Progressing", True, now, "ReplicaSetUpdated", "replicas are being made ready"
            )
            return _stamped(said, since), left
        text = "it has not come nearer to what it should be for too long"
        return _stamped(
            conditions.put(old, "Progressing", False, now, "ProgressDeadlineExceeded", text), since
        ), None


def _stamped(said: list[conditions.Condition], since: str) -> list[Any]:
    return [{**c, "lastUpdateTime": since} if c["type"] == "Progressing" else c for c in said]


def _with_waiting(
    said: list[conditions.Condition], replicas: Replicas, now: str
) -> list[conditions.Condition]:
    """Why a new Pod does not run, so that watching the Deployment is enough to know."""
    for pod in replicas.new:
        reason, message = pod_reason(pod.body)
        if reason and not is_ready(pod):
            return conditions.put(said, WAITING, True, now, reason, message)
    return conditions.without(said, WAITING)
