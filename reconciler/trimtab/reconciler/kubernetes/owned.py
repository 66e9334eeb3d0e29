"""What an object owns that its own status does not tell of: the Pods of a Job or Deployment, its place in a queue.

Each is cut down to what the health of its owner is told from. A Pod of a Deployment belongs to a ReplicaSet, which
nobody watches: the ReplicaSet's name is the Deployment's and the hash that the Pod carries as a label. A Pod of a Job
that has ended is remembered for as long as the Job is there: its last words are, even when the Pod is cleaned away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.health import INDEX_ANNOTATION

Body = Mapping[str, Any]
Key = tuple[str, str]

POD, WORKLOAD = "Pod", "Workload"
TEMPLATE_HASH = "pod-template-hash"


class Owner(NamedTuple):
    kind: str
    namespace: str
    name: str


@dataclass(slots=True)
class _Thing:
    revision: int
    owner_uid: str
    """Empty where the owner is known by its name alone."""
    body: Body


class Owned:
    """Pods and places in queues, by owner."""

    def __init__(self) -> None:
        self._of: dict[Owner, dict[Key, _Thing]] = {}

    def put(self, body: Body) -> Owner | None:
        """The owner whose health may be another now."""
        found = owner_of(body)
        if found is None:
            return None
        owner, uid = found
        known = self._of.setdefault(owner, {})
        key, revision = (body["kind"], body["metadata"]["name"]), int(body["metadata"]["resourceVersion"])
        if key in known and known[key].revision >= revision:
            return None
        known[key] = _Thing(revision, uid, _ESSENCE[body["kind"]](body))
        return owner

    def remove(self, body: Body) -> Owner | None:
        """The last state of something that is gone."""
        found = owner_of(body)
        if found is None or found[0] not in self._of:
            return None
        owner = found[0]
        if _is_remembered(owner, body):
            return self.put(body)
        self._of[owner].pop((body["kind"], body["metadata"]["name"]), None)
        self._drop_if_empty(owner)
        return owner

    def of(self, ref: Ref, uid: str) -> Sequence[Body]:
        known = self._of.get(Owner(ref.kind, ref.namespace, ref.name), {})
        return [thing.body for thing in known.values() if thing.owner_uid in ("", uid)]

    def forget(self, ref: Ref, uid: str) -> None:
        """The owner is gone."""
        owner = Owner(ref.kind, ref.namespace, ref.name)
        known = self._of.get(owner, {})
        for key in [key for key, thing in known.items() if thing.owner_uid == uid]:
            del known[key]
        self._drop_if_empty(owner)

    def keep_only(self, kind: str, names: set[tuple[str, str]]) -> Iterator[Owner]:
        """After a list: (namespace, name) of all of a kind that there are."""
        for owner, known in list(self._of.items()):
            gone = [
                key
                for key, thing in known.items()
                if key[0] == kind
                and (owner.namespace, key[1]) not in names
                and not _is_remembered(owner, thing.body)
            ]
            for key in gone:
                del known[key]
            if gone:
                yield owner
            self._drop_if_empty(owner)

    def _drop_if_empty(self, owner: Owner) -> None:
        if not self._of.get(owner, True):
            del self._of[owner]


def owner_of(body: Body) -> tuple[Owner, str] | None:
    """The owner and, where it is named, its uid."""
    metadata = body["metadata"]
    reference = next((r for r in metadata.get("ownerReferences") or () if r.get("controller")), None)
    if reference is None:
        return None
    namespace, name = metadata.get("namespace", ""), reference["name"]
    if reference["kind"] != "ReplicaSet":
        return Owner(reference["kind"], namespace, name), reference["uid"]
    suffix = f"-{(metadata.get('labels') or {}).get(TEMPLATE_HASH, '')}"
    return (Owner("Deployment", namespace, name.removesuffix(suffix)), "") if name.endswith(suffix) else None


def _essence_of_pod(pod: Body) -> Body:
    metadata, status = pod["metadata"], pod.get("status") or {}
    index = (metadata.get("annotations") or {}).get(INDEX_ANNOTATION)
    kept = {
        "name": metadata["name"],
        "creationTimestamp": metadata.get("creationTimestamp") or "",
        "annotations": {} if index is None else {INDEX_ANNOTATION: index},
    }
    if metadata.get("deletionTimestamp"):
        kept["deletionTimestamp"] = metadata["deletionTimestamp"]
    told = _some(status, "phase", "reason", "message", "startTime")
    told["conditions"] = _conditions(status, "PodScheduled", "Ready")
    for group in ("initContainerStatuses", "containerStatuses"):
        told[group] = [
            _some(each, "name", "image", "restartCount", "state", "lastState")
            for each in status.get(group) or ()
        ]
    return {"apiVersion": "v1", "kind": POD, "metadata": kept, "status": told}


def _essence_of_workload(workload: Body) -> Body:
    """Its place in a queue, without what stands there."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    told = {
        "conditions": _conditions(status, "QuotaReserved", "Admitted", "Evicted"),
        **_some(status, "admissionChecks"),
    }
    return {
        **_some(workload, "apiVersion", "kind"),
        "metadata": {"name": workload["metadata"]["name"]},
        "spec": _some(spec, "queueName", "active"),
        "status": told,
    }


_ESSENCE = {POD: _essence_of_pod, WORKLOAD: _essence_of_workload}
"""What the health rules read, and nothing else."""


def _some(body: Body, *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def _conditions(status: Body, *types: str) -> list[dict[str, Any]]:
    told = (each for each in status.get("conditions") or () if each.get("type") in types)
    return [_some(each, "type", "status", "reason", "message") for each in told]


def has_all_ends(job: Body, owned: Sequence[Body]) -> bool:
    """Whether as many of its Pods are known to have ended as the Job has counted."""
    status = job.get("status") or {}
    phases = [each["status"].get("phase") for each in owned]
    seen = {"succeeded": phases.count("Succeeded"), "failed": phases.count("Failed")}
    return all(count >= int(status.get(how, 0)) for how, count in seen.items())


def _is_remembered(owner: Owner, body: Body) -> bool:
    ended = (body.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return owner.kind == "Job" and body["kind"] == POD and ended
