"""What a table says of each change is what a real API server does with it; `immutable` is held to the same table."""

from __future__ import annotations

import asyncio
from typing import Any

from changed_objects import CASES, IN_PLACE, OBJECTS
from cluster_access import client
from control_plane import Access
from engines import observed

from trimtab.reconciler.cluster import Rejected
from trimtab.reconciler.immutable import is_refused_as_fixed
from trimtab.reconciler.kubernetes.client import KubernetesCluster

EVERYWHERE = {"StorageClass", "PriorityClass", "IngressClass", "RuntimeClass"}


def placed(body: dict[str, Any], namespace: str) -> dict[str, Any]:
    """In the test's own namespace, or under a name of its own where there are none."""
    metadata = body["metadata"]
    own = (
        {"name": f"{metadata['name']}-{namespace}"}
        if body["kind"] in EVERYWHERE
        else {"namespace": namespace}
    )
    return {**body, "metadata": {**metadata, **own}}


async def test_every_change_comes_to_what_is_said_of_it(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    async with client(prepared_cluster) as cluster:
        for body in OBJECTS.values():
            observed(await cluster.apply(placed(body, kube_namespace)))
        told = await asyncio.gather(
            *(cluster.apply(placed(c.new, kube_namespace), dry_run=True) for c in CASES if not c.bound)
        )
        wrong = [
            (case.kind, case.path, answer)
            for case, answer in zip([c for c in CASES if not c.bound], told, strict=True)
            if isinstance(answer, Rejected) != (case.effect is not IN_PLACE)
        ]
        assert wrong == []
        refused = [answer for answer in told if isinstance(answer, Rejected)]
        others = [answer for answer in refused if not is_refused_as_fixed(answer)]
        assert [answer.message.split(" is invalid")[0] for answer in others] == ["Job/job", "Run/run"], others
        await _remove_what_has_no_namespace(cluster, kube_namespace)


async def _remove_what_has_no_namespace(cluster: KubernetesCluster, namespace: str) -> None:
    for body in OBJECTS.values():
        if body["kind"] in EVERYWHERE:
            for each in await cluster.list(body["apiVersion"], body["kind"]):
                if each.ref.name.endswith(namespace):
                    await cluster.delete(each.ref, uid=each.uid)
