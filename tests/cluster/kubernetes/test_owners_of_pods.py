"""Jobs and Deployments on a real API server under real controllers: what their Pods say, and when.

There are no nodes: a test says itself how a Pod fares, by writing its status.
"""

from __future__ import annotations

import asyncio
from typing import Any

from cluster_access import client
from control_plane import Access
from faulty_connection import Watched, watched

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.asking import with_reasons
from trimtab.reconciler.cluster import Change
from trimtab.reconciler.state import State

KINDS = [("batch/v1", "Job"), ("apps/v1", "Deployment")]
SYSTEM = {"trimtab.dev/system": "digits"}
NOWHERE = {"kubernetes.io/hostname": "nowhere"}


def template(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "example.org/train:1"}]
    return {
        "metadata": {"labels": SYSTEM},
        "spec": {"containers": containers, "nodeSelector": NOWHERE, **spec},
    }


def make_job(plane: Access, namespace: str, name: str = "train", **spec: Any) -> Ref:
    body = {
        "metadata": {"name": name, "labels": SYSTEM},
        "spec": {"template": template(restartPolicy="Never"), "backoffLimit": 0, **spec},
    }
    plane.api.create(f"/apis/batch/v1/namespaces/{namespace}/jobs", body)
    return Ref("batch/v1", "Job", namespace, name)


def make_deployment(plane: Access, namespace: str) -> Ref:
    body = {
        "metadata": {"name": "web", "labels": SYSTEM},
        "spec": {"selector": {"matchLabels": SYSTEM}, "template": template()},
    }
    plane.api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", body)
    return Ref("apps/v1", "Deployment", namespace, "web")


async def pod_of(plane: Access, namespace: str) -> str:
    async with asyncio.timeout(30):
        while not (found := plane.api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]):
            await asyncio.sleep(0.02)
    return str(found[0]["metadata"]["name"])


async def fares(plane: Access, namespace: str, phase: str, **state: Any) -> None:
    """Its Pod's status, as a kubelet would write it."""
    name = await pod_of(plane, namespace)
    container = {
        "name": "main",
        "image": "x",
        "imageID": "",
        "restartCount": 0,
        "ready": False,
        "state": state,
    }
    bound = {"type": "PodScheduled", "status": "True"}
    status = {"phase": phase, "conditions": [bound], "containerStatuses": [container]}
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/status"
    plane.api.request("PATCH", path, {"status": status}, "application/merge-patch+json")


DONE = {"exitCode": 0, "message": '{"v": 1}', "reason": "Completed"}


async def test_a_job_waits_runs_and_ends_with_its_words(control_plane: Access, kube_namespace: str) -> None:
    job = make_job(control_plane, kube_namespace)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        waits = await here.seen(job, lambda seen: seen.health.message, "a reason to wait")
        assert waits.health.reason == "Unschedulable"
        assert waits.health.message.startswith(("the cluster has no node", "none of", "the only node"))
        await fares(control_plane, kube_namespace, "Running", running={"startedAt": "2026-11-01T10:00:00Z"})
        await here.seen(job, lambda seen: not seen.health.message, "the end of waiting")
        await fares(control_plane, kube_namespace, "Succeeded", terminated=DONE)
        ended = await here.seen(job, lambda seen: seen.health.finished is not None, "its end")
        assert (ended.health.finished, ended.health.words, ended.health.exit_code) == (True, '{"v": 1}', 0)
        assert not [path for _, path in here.connection.asked if path.endswith("/pods")], (
            "the watch told it all"
        )


async def test_words_are_not_lost_when_the_end_of_a_job_is_told_first(
    control_plane: Access, kube_namespace: str
) -> None:
    job = make_job(control_plane, kube_namespace)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        await here.seen(job, lambda seen: seen.health.message, "its Pod")
        with here.connection.held("pods"):
            await fares(control_plane, kube_namespace, "Succeeded", terminated=DONE)
            ended = await here.seen(job, lambda seen: seen.health.finished is not None, "its end")
            assert ended.health.words == '{"v": 1}'
        assert all(e.observed.health.words for e in ends(here, job)), "it was never told of without"
        assert len([path for _, path in here.connection.asked if path.endswith("/pods")]) == 1


def ends(here: Watched, ref: Ref) -> list[Any]:
    return [
        event
        for event in here.events
        if event.observed is not None
        and event.observed.ref == ref
        and event.observed.health.finished is not None
    ]


async def test_who_comes_later_hears_of_the_end_with_its_words(
    control_plane: Access, kube_namespace: str
) -> None:
    job = make_job(control_plane, kube_namespace)
    failed = {"exitCode": 3, "message": "no data", "reason": "Error"}
    await fares(control_plane, kube_namespace, "Failed", terminated=failed)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        ended = await here.seen(job, lambda seen: seen.health.finished is False, "its end")
        assert (ended.health.words, ended.health.exit_code) == ("no data", 3)
        assert ended.health.message.endswith("ended with exit code 3: no data")
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        assert [event.change for event in here.events] == [Change.ADDED, Change.SYNCED]
        assert here.objects[job].health == ended.health


async def test_words_outlive_the_pod(control_plane: Access, kube_namespace: str) -> None:
    """Two Pods: one has ended and is cleaned away before the other one ends."""
    job = make_job(control_plane, kube_namespace, completions=2, parallelism=1)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        await fares(control_plane, kube_namespace, "Succeeded", terminated=DONE)
        first = await pod_of(control_plane, kube_namespace)
        await here.seen(job, lambda seen: seen.health.words, "its words")
        control_plane.api.delete(f"/api/v1/namespaces/{kube_namespace}/pods/{first}")
        async with asyncio.timeout(30):
            while await pod_of(control_plane, kube_namespace) == first:
                await asyncio.sleep(0.02)
        await fares(control_plane, kube_namespace, "Pending", waiting={"reason": "ErrImagePull"})
        second = await here.seen(
            job, lambda seen: seen.health.reason == "ErrImagePull", "news of the second Pod"
        )
        assert second.health.words == '{"v": 1}'


async def test_a_deployment_is_told_of_again_when_its_pods_change(
    control_plane: Access, kube_namespace: str
) -> None:
    web = make_deployment(control_plane, kube_namespace)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        waits = await here.seen(web, lambda seen: seen.health.reason == "Unschedulable", "a reason to wait")
        pull = {"reason": "ImagePullBackOff", "message": "manifest unknown"}
        await fares(control_plane, kube_namespace, "Pending", waiting=pull)
        broken = await here.seen(
            web, lambda seen: seen.health.reason == "ImagePullBackOff", "the kubelet's reason"
        )
        assert broken.revision >= waits.revision
        revisions = [
            e.observed.revision for e in here.events if e.observed is not None and e.observed.ref == web
        ]
        assert len(revisions) > len(set(revisions)), "the Deployment itself had not changed"


async def test_a_quota_that_is_used_up_is_named(control_plane: Access, kube_namespace: str) -> None:
    quota = {"metadata": {"name": "team"}, "spec": {"hard": {"pods": "0"}}}
    path = f"/api/v1/namespaces/{kube_namespace}/resourcequotas"
    control_plane.api.create(path, quota)
    async with asyncio.timeout(30):
        while not control_plane.api.get(f"{path}/team").get("status", {}).get("hard"):
            await asyncio.sleep(0.02)
    web = make_deployment(control_plane, kube_namespace)
    job = make_job(control_plane, kube_namespace)
    async with watched(control_plane.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        refused = await here.seen(
            web, lambda seen: seen.health.reason == "FailedCreate", "the quota's refusal"
        )
        assert refused.health.message.startswith("the quota team is used up: it asks for pods=1")
        waits = await here.seen(job, lambda seen: seen.health.reason == "PodsNotMade", "a reason to wait")
        assert "events" in waits.health.message
        async with client(control_plane) as cluster:
            asked = await with_reasons(cluster, State(objects={job: waits, web: refused}), kube_namespace)
        assert asked.objects[web] == refused
        assert asked.objects[job].health.message.startswith("the quota team is used up: it asks for pods=1")


async def test_jobs_are_told_of_without_their_pods_by_who_may_not_see_pods(
    control_plane: Access, kube_namespace: str
) -> None:
    who = control_plane.users.named("no-pods")
    verbs = ["get", "list", "watch"]
    rules = [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": verbs},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
    ]
    control_plane.users.allow(who, rules, kube_namespace)
    job = make_job(control_plane, kube_namespace)
    await fares(control_plane, kube_namespace, "Succeeded", terminated=DONE)
    async with watched(who.kubeconfig, KINDS, kube_namespace, system="digits") as here:
        ended = await here.seen(job, lambda seen: seen.health.finished, "its end")
        assert ended.health.words == ""
