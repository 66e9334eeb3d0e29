"""A number of replicas that the spec ceases to say stays as it is, until an autoscaler or the spec says another."""

from __future__ import annotations

from typing import Any

from cluster_access import client
from control_plane import Access
from engines import observed

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cluster


def deployment(namespace: str, **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    container = {"name": "web", "image": "example.org/web:1"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def replicas(plane: Access, namespace: str) -> int:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    return int(plane.api.get(path)["spec"]["replicas"])


async def applied(cluster: Cluster, body: dict[str, Any]) -> str:
    return observed(await cluster.apply(body)).uid


async def test_what_the_spec_ceases_to_say_stays_and_may_be_said_again(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    async with client(prepared_cluster) as cluster:
        uid = await applied(cluster, deployment(kube_namespace, replicas=3))
        observed(await cluster.apply(deployment(kube_namespace), uid=uid))
        assert replicas(prepared_cluster, kube_namespace) == 3
        observed(await cluster.apply(deployment(kube_namespace), uid=uid))
        assert replicas(prepared_cluster, kube_namespace) == 3
        for number in (5, 2):
            await applied(cluster, deployment(kube_namespace, replicas=number))
            assert replicas(prepared_cluster, kube_namespace) == number


async def test_who_scales_it_meets_nobody(prepared_cluster: Access, kube_namespace: str) -> None:
    async with client(prepared_cluster) as cluster:
        await applied(cluster, deployment(kube_namespace, replicas=3))
        own = observed(await cluster.apply(deployment(kube_namespace))).own
        prepared_cluster.kubectl("-n", kube_namespace, "scale", "deployment", "web", "--replicas=7")
        again = observed(await cluster.apply(deployment(kube_namespace)))
        assert replicas(prepared_cluster, kube_namespace) == 7
        assert again.own == own, "it is no drift"
        found = await cluster.list("apps/v1", "Deployment", kube_namespace)
        assert [each.ref for each in found] == [Ref("apps/v1", "Deployment", kube_namespace, "web")]
