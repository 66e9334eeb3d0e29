"""The Pods that Jobs and Deployments own, each cut down to what the health of its owner is told from.

A Pod of a Deployment belongs to a ReplicaSet, which nobody watches: the ReplicaSet's name is the Deployment's and the
hash that the Pod carries as a label. A Pod of a Job that has ended is remembered for as long as the Job is there: its
last words are, even when the Pod is cleaned away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.health import INDEX_ANNOTATION

Body = Mapping[str, Any]

TEMPLATE_HASH = "pod-template-hash"


class Owner(NamedTuple):
    kind: str
    namespace: str
    name: str


@dataclass(slots=True)
class _Pod:
    revision: int
    owner_uid: str
    """Empty where the owner is known by its name alone."""
    body: Body


class Pods:
    def __init__(self) -> None:
        self._of: dict[Owner, dict[str, _Pod]] = {}

    def put(self, pod: Body) -> Owner | None:
        """The owner whose health may be another now."""
        found = owner_of(pod)
        if found is None:
            return None
        owner, uid = found
        known = self._of.setdefault(owner, {})
        name, revision = pod["metadata"]["name"], int(pod["metadata"]["resourceVersion"])
        if name in known and known[name].revision >= revision:
            return None
        known[name] = _Pod(revision, uid, essence(pod))
        return owner

    def remove(self, pod: Body) -> Owner | None:
        """The last state of a Pod that is gone."""
        found = owner_of(pod)
        if found is None or found[0] not in self._of:
            return None
        owner = found[0]
        if owner.kind == "Job" and _has_ended(pod):
            return self.put(pod)
        self._of[owner].pop(pod["metadata"]["name"], None)
        self._drop_if_empty(owner)
        return owner

    def of(self, ref: Ref, uid: str) -> Sequence[Body]:
        known = self._of.get(Owner(ref.kind, ref.namespace, ref.name), {})
        return [pod.body for pod in known.values() if pod.owner_uid in ("", uid)]

    def forget(self, ref: Ref, uid: str) -> None:
        """The owner is gone."""
        owner = Owner(ref.kind, ref.namespace, ref.name)
        known = self._of.get(owner, {})
        for name in [name for name, pod in known.items() if pod.owner_uid == uid]:
            del known[name]
        self._drop_if_empty(owner)

    def keep_only(self, names: set[tuple[str, str]]) -> Iterator[Owner]:
        """After a list: (namespace, name) of all Pods there are."""
        for owner, known in list(self._of.items()):
            gone = [
                name
                for name, pod in known.items()
                if (owner.namespace, name) not in names and not (owner.kind == "Job" and _has_ended(pod.body))
            ]
            for name in gone:
                del known[name]
            if gone:
                yield owner
            self._drop_if_empty(owner)

    def _drop_if_empty(self, owner: Owner) -> None:
        if not self._of.get(owner, True):
            del self._of[owner]


def owner_of(pod: Body) -> tuple[Owner, str] | None:
    """The owner and, where the Pod names it, its uid."""
    metadata = pod["metadata"]
    reference = next((r for r in metadata.get("ownerReferences") or () if r.get("controller")), None)
    if reference is None:
        return None
    namespace, name = metadata.get("namespace", ""), reference["name"]
    if reference["kind"] != "ReplicaSet":
        return Owner(reference["kind"], namespace, name), reference["uid"]
    suffix = f"-{(metadata.get('labels') or {}).get(TEMPLATE_HASH, '')}"
    return (Owner("Deployment", namespace, name.removesuffix(suffix)), "") if name.endswith(suffix) else None


def essence(pod: Body) -> Body:
    """What the health rules read of a Pod, and nothing else."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    index = (metadata.get("annotations") or {}).get(INDEX_ANNOTATION)
    kept = {
        "name": metadata["name"],
        "creationTimestamp": metadata.get("creationTimestamp") or "",
        "annotations": {} if index is None else {INDEX_ANNOTATION: index},
    }
    if metadata.get("deletionTimestamp"):
        kept["deletionTimestamp"] = metadata["deletionTimestamp"]
    told = {name: status[name] for name in ("phase", "reason", "message", "startTime") if name in status}
    told["conditions"] = [
        {name: each[name] for name in ("type", "status", "reason", "message") if name in each}
        for each in status.get("conditions") or ()
        if each.get("type") in ("PodScheduled", "Ready")
    ]
    for group in ("initContainerStatuses", "containerStatuses"):
        told[group] = [
            {
                name: each[name]
                for name in ("name", "image", "restartCount", "state", "lastState")
                if name in each
            }
            for each in status.get(group) or ()
        ]
    return {"kind": "Pod", "metadata": kept, "status": told}


def has_all_ends(job: Body, pods: Sequence[Body]) -> bool:
    """Whether as many of its Pods are known to have ended as the Job has counted."""
    status = job.get("status") or {}
    phases = [pod["status"].get("phase") for pod in pods]
    seen = {"succeeded": phases.count("Succeeded"), "failed": phases.count("Failed")}
    return all(count >= int(status.get(how, 0)) for how, count in seen.items())


def _has_ended(pod: Body) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
