"""Objects are made once, replaced at a known revision, and refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from engines import find, observed
from ledger_records import RECORD

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import AlreadyExists, Cluster, Observed, Rejected, Stale
from trimtab.reconciler.ledger import to_body

QUEUED = {"phase": "Queued", "attempt": 0}
RUNNING = {"phase": "Running", "attempt": 1}


@pytest.fixture
def run(namespace: str) -> dict[str, Any]:
    return to_body(RECORD, "digits", namespace)


@pytest.fixture
def policy(namespace: str) -> dict[str, Any]:
    """Nobody but us writes it, and it counts its generations."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }


async def test_an_object_is_made_once(cluster: Cluster, config: dict[str, Any]) -> None:
    made = observed(await cluster.create(config))
    assert made.uid
    assert made.ref == Ref("v1", "ConfigMap", config["metadata"]["namespace"], "settings")
    assert made.labels == {"app": "a"}
    assert await cluster.create({**config, "data": {"color": "blue"}}) == AlreadyExists(made.ref)


async def test_what_was_created_is_not_owned_by_apply(cluster: Cluster, config: dict[str, Any]) -> None:
    assert observed(await cluster.create(config)).own == ""


async def test_an_unknown_kind_is_rejected(cluster: Cluster, config: dict[str, Any]) -> None:
    answer = await cluster.create({**config, "kind": "Turnip"})
    assert isinstance(answer, Rejected)
    assert "Turnip" in answer.message


async def test_a_bad_name_is_rejected_at_its_path(cluster: Cluster, config: dict[str, Any]) -> None:
    answer = await cluster.create({**config, "metadata": {**config["metadata"], "name": "Über"}})
    assert isinstance(answer, Rejected)
    assert [cause.path for cause in answer.causes] == [("metadata", "name")]


async def test_a_namespace_that_is_not_there_is_rejected(cluster: Cluster, config: dict[str, Any]) -> None:
    answer = await cluster.create({**config, "metadata": {**config["metadata"], "namespace": "nowhere"}})
    assert isinstance(answer, Rejected)
    assert "nowhere" in answer.message


async def test_the_content_of_our_own_kinds_is_seen_whole(cluster: Cluster, run: dict[str, Any]) -> None:
    made = observed(await cluster.create(run))
    assert made.body is not None
    assert made.body["spec"] == run["spec"]


async def test_a_replacement_needs_the_revision_that_is_there(
    cluster: Cluster, policy: dict[str, Any]
) -> None:
    made = observed(await cluster.create(policy))
    changed = {**policy, "spec": {"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"]}}
    second = observed(await cluster.replace(changed, revision=made.revision))
    assert second.revision != made.revision
    assert second.generation == made.generation + 1
    assert await cluster.replace(policy, revision=made.revision) == Stale(made.ref)
    assert (await find(cluster, made.ref)) == second


async def test_a_replacement_of_what_is_gone_is_stale(cluster: Cluster, run: dict[str, Any]) -> None:
    made = observed(await cluster.create(run))
    assert await cluster.delete(made.ref, uid=made.uid) is None
    assert await cluster.replace(run, revision=made.revision) == Stale(made.ref)


async def test_status_is_written_at_a_known_revision(cluster: Cluster, run: dict[str, Any]) -> None:
    made = observed(await cluster.create(run))
    second = observed(await cluster.set_status(made.ref, QUEUED, revision=made.revision))
    assert second.body is not None
    assert second.body["status"] == QUEUED
    assert second.body["spec"] == run["spec"]
    assert second.generation == made.generation
    assert await cluster.set_status(made.ref, RUNNING, revision=made.revision) == Stale(made.ref)


async def test_a_replacement_leaves_the_status_alone(cluster: Cluster, run: dict[str, Any]) -> None:
    made = observed(await cluster.create(run))
    second = observed(await cluster.set_status(made.ref, QUEUED, revision=made.revision))
    third = observed(await cluster.replace({**run, "status": RUNNING}, revision=second.revision))
    assert third.body is not None
    assert third.body["status"] == QUEUED


async def test_an_immutable_config_stays_as_it_is(cluster: Cluster, config: dict[str, Any]) -> None:
    frozen = {**config, "immutable": True}
    await cluster.apply(frozen)
    answer = await cluster.apply({**frozen, "data": {"color": "blue"}})
    assert isinstance(answer, Rejected)
    assert answer.causes[0].path == ("data",)


async def test_the_template_of_a_job_never_changes(cluster: Cluster, namespace: str) -> None:
    def job(image: str) -> dict[str, Any]:
        container = {"name": "main", "image": image, "command": ["true"]}
        template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        spec = {"suspend": True, "template": template}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "job", "namespace": namespace},
            "spec": spec,
        }

    made = await cluster.create(job("example.com/one"))
    assert isinstance(made, Observed)
    answer = await cluster.apply(job("example.com/two"), force=True)
    assert isinstance(answer, Rejected)
    assert answer.causes[0].path[:2] == ("spec", "template")
