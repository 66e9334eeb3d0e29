"""How a namespace stands: each object that a writer may have made there, in words that are the same for the same history.

What differs between two systems that were given the same specs is left out: names of namespaces and what is digested with
them, uids, times, addresses. The baselines are told by name alone: that they are right is seen by whoever plans anew.
"""

from __future__ import annotations

import asyncio
import json
import re
from copy import deepcopy
from typing import Any

from control_plane import Access as Plane
from node_agent.api import Access, Api, Body, path

from trimtab.reconciler import baselines
from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.kubernetes.observing import observe
from trimtab.reconciler.system import record_of

KINDS = (
    ("apps/v1", "deployments"),
    ("apps/v1", "replicasets"),
    ("autoscaling/v2", "horizontalpodautoscalers"),
    ("batch/v1", "jobs"),
    ("coordination.k8s.io/v1", "leases"),
    ("networking.k8s.io/v1", "networkpolicies"),
    ("policy/v1", "poddisruptionbudgets"),
    ("trimtab.dev/v1", "mlsystems"),
    ("trimtab.dev/v1", "runs"),
    ("v1", "configmaps"),
    ("v1", "persistentvolumeclaims"),
    ("v1", "pods"),
    ("v1", "secrets"),
    ("v1", "serviceaccounts"),
    ("v1", "services"),
)
EVERYWHERE = {"default", "kube-root-ca.crt"}
"""Controllers put them into each namespace."""
OF_ITS_OWN = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"} | {
    "clusterIP",
    "clusterIPs",
    "volumeName",
    "binaryData",
    "trimtab.dev/desired",
    "trimtab.dev/bundle",
    "applyset.kubernetes.io/id",
    "applyset.kubernetes.io/part-of",
}
TIMES = {"opened", "started", "ended", "at", "since", "lastTransitionTime"}
OF_BINDERS = ("pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/")
KEPT = re.compile(r"applied-[0-9a-f]{12}")
PATIENCE = 600.0

Standing = list[tuple[str, Any]]
"""`<plural>/<name>` and the object, sorted."""


def standing(plane: Plane, namespace: str) -> Standing:
    """When nothing is on its way out any more."""
    return asyncio.run(_standing(plane, namespace))


def differences(found: Standing, expected: Standing) -> list[str]:
    """Empty where there is none."""
    names, wanted = [[name for name, _ in each] for each in (found, expected)]
    if names != wanted:
        return [f"there should be {sorted(set(wanted) - set(names)) or wanted}, but are {names}"]
    pairs = zip(found, expected, strict=True)
    return [f"{name}: {why}" for (name, one), (_, other) in pairs for why in _differences(one, other, "")]


def _differences(one: Any, other: Any, where: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        return [w for key in keys for w in _differences(one.get(key), other.get(key), f"{where}.{key}")]
    return [] if one == other else [f"{where} is {one}, not {other}"]


async def _standing(plane: Plane, namespace: str) -> Standing:
    access = Access(plane.url, plane.authority.certificate, plane.admin.certificate, plane.admin.key)
    async with access.session() as session, asyncio.timeout(PATIENCE):
        api = Api(session)
        while True:
            found = [
                (plural, body)
                for group, plural in KINDS
                for body in await _listed(api, group, plural, namespace)
            ]
            if not any("deletionTimestamp" in body["metadata"] for _, body in found):
                told = [_told(plural, body, namespace) for plural, body in found]
                return sorted((name, body) for name, body in told if name.partition("/")[2] not in EVERYWHERE)
            await asyncio.sleep(0.1)


async def _listed(api: Api, group: str, plural: str, namespace: str) -> list[Body]:
    listed = await api.get(path(group, plural, namespace))
    assert listed is not None
    items: list[Body] = listed["items"]
    return items


def _told(plural: str, body: Body, namespace: str) -> tuple[str, Any]:
    if plural == "pods":
        return f"{plural}/of {body['metadata']['ownerReferences'][0]['name']}", None
    status = body.get("status", {}) if plural in ("mlsystems", "runs") else {}
    if "baseline" in status:
        status = {
            **status,
            "baseline": sorted(baselines.of(record_of(observe(deepcopy(body), FIELD_MANAGER)))),
        }
    text = json.dumps({**_plain(body), "status": _plain(status), "ours": _own_fields(body)})
    told = json.loads(KEPT.sub("applied-#", text.replace(namespace, "NAMESPACE")))
    return f"{plural}/{told['metadata']['name']}", told


def _own_fields(body: Body) -> list[Any]:
    ours = [entry for entry in body["metadata"].get("managedFields", ()) if entry["manager"] == FIELD_MANAGER]
    return sorted(
        [each["operation"], each.get("subresource", ""), json.dumps(each["fieldsV1"], sort_keys=True)]
        for each in ours
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        kept = (key for key in value if key not in OF_ITS_OWN | TIMES and not key.startswith(OF_BINDERS))
        return {key: _plain(value[key]) for key in kept}
    return [_plain(each) for each in value] if isinstance(value, list) else value
