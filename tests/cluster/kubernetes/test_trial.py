"""`plan --server` on a real API server: the whole example is taken by it, and what it would refuse is told at its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cluster_access import client
from compiled_specs import CLUSTER, bundle, digits
from control_plane import Access
from engines import observed

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.trial import Judgement, Trial, try_out
from trimtab.reconciler.world import World

UNTRIED = Judgement.UNTRIED


def example(namespace: str) -> Bundle:
    named = ("namespace: digits", f"namespace: {namespace}")
    return bundle(digits(named, environment="cluster"), CLUSTER)


async def tried(plane: Access, made: Bundle, kubeconfig: Path | None = None) -> tuple[Trial, ...]:
    async with client(plane, kubeconfig) as cluster:
        return await try_out(cluster, World(made, State(), Now(0)))


async def test_the_whole_example_is_taken_and_nothing_is_written(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    made = example(kube_namespace)
    before = prepared_cluster.audit.mark()
    trials = await tried(prepared_cluster, made)
    assert [t for t in trials if t.judgement is not Judgement.TAKEN] == []
    assert {t.node for t in trials} == {m.node for m in made.manifests} | {r.node for r in made.runs}
    assert len(trials) == len(made.manifests) + sum(len(run.workload) for run in made.runs)
    assert prepared_cluster.kubectl("get", "deployments,jobs,pvc", "-n", kube_namespace) == ""
    written = [r for r in prepared_cluster.audit.requests(before) if r.namespace == kube_namespace]
    assert all("dryRun=All" in r.uri for r in written if r.verb in ("patch", "create"))


async def test_what_is_in_a_namespace_that_is_not_there_can_not_be_tried(prepared_cluster: Access) -> None:
    trials = await tried(prepared_cluster, example("nowhere-yet"))
    assert {t.judgement for t in trials if t.node == "Namespace/nowhere-yet"} == {Judgement.TAKEN}
    assert {(t.judgement, t.reason) for t in trials if t.node != "Namespace/nowhere-yet"} == {
        (UNTRIED, "namespace nowhere-yet is not there yet")
    }


async def test_what_would_be_refused_is_told_at_its_line(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    made = example(kube_namespace)
    labels = {"app": "other"}
    live: list[dict[str, Any]] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "recognizer", "namespace": kube_namespace},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "a", "image": "b"}]},
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "digits-scratch", "namespace": kube_namespace},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "recognizer", "namespace": kube_namespace},
            "spec": {"maxUnavailable": 7},
        },
    ]
    async with client(prepared_cluster, manager="trimtab") as earlier:
        for each in live[:2]:
            observed(await earlier.apply(each))
    async with client(prepared_cluster, manager="helm") as other:
        observed(await other.apply(live[2]))
    bad = {t.node: t for t in await tried(prepared_cluster, made) if not t.is_fine}
    assert set(bad) == {
        "Deployment/recognizer",
        "PersistentVolumeClaim/digits-scratch",
        "PodDisruptionBudget/recognizer",
    }
    deployment = bad["Deployment/recognizer"]
    assert (deployment.judgement, deployment.at[:3]) == (
        Judgement.REPLACED,
        ("spec", "deployment", "recognizer"),
    )
    claim = bad["PersistentVolumeClaim/digits-scratch"]
    assert (claim.judgement, claim.at[:4]) == (Judgement.REFUSED, ("spec", "data", "stores", "scratch"))
    budget = bad["PodDisruptionBudget/recognizer"]
    assert budget.judgement is Judgement.CONFLICT
    assert budget.reason.startswith("helm owns spec.maxUnavailable")
