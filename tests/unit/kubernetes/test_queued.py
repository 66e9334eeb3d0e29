"""What is sent of an object that stands in a queue: all that is ours, and nothing that the queue has taken over."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from trimtab.reconciler.immutable import FIXED, as_text, marks
from trimtab.reconciler.kubernetes.queued import asks_for_the_same, left_to_the_queue

SELECTOR, TOLERATIONS = {"kubernetes.io/os": "linux"}, [{"key": "gpu"}]
POD = {"containers": [{"name": "main", "image": "a"}], "nodeSelector": SELECTOR, "tolerations": TOLERATIONS}
TEMPLATE = {"metadata": {"labels": {"team": "vision", "tier": "batch"}}, "spec": POD}
JOB = {"parallelism": 2, "backoffLimit": 0, "template": TEMPLATE}
JOBS = [{"name": "workers", "template": {"spec": JOB}}]
HEAD = {"kind": "JobSet", "metadata": {"name": "tune"}}

OF_POD: dict[str, Any] = {
    "f:containers": {'k:{"name":"main"}': {"f:image": {}}},
    "f:nodeSelector": {},
    "f:tolerations": {},
}
OF_TEMPLATE = {"f:metadata": {"f:labels": {"f:team": {}, "f:tier": {}}}, "f:spec": OF_POD}
OF_JOB: dict[str, Any] = {"f:parallelism": {}, "f:backoffLimit": {}, "f:template": OF_TEMPLATE}


def of_job_set(job: dict[str, Any] = OF_JOB) -> dict[str, Any]:
    return {"f:spec": {"f:replicatedJobs": {'k:{"name":"workers"}': {"f:template": {"f:spec": job}}}}}


def forced(owned: dict[str, Any], live: Any = JOBS) -> Any:
    body = {**HEAD, "spec": {"replicatedJobs": JOBS}}
    return left_to_the_queue(body, {**HEAD, "spec": {"replicatedJobs": live}}, owned)


def test_what_is_ours_is_sent() -> None:
    assert forced(of_job_set()) == {**HEAD, "spec": {"replicatedJobs": JOBS}}


def test_what_the_queue_took_is_left_to_it() -> None:
    taken = deepcopy(OF_JOB)
    del taken["f:template"]["f:spec"]["f:nodeSelector"]
    del taken["f:template"]["f:metadata"]["f:labels"]["f:tier"]
    (jobs,) = forced(of_job_set(taken))["spec"]["replicatedJobs"]
    template = jobs["template"]["spec"]["template"]
    assert template["spec"] == {"containers": POD["containers"], "tolerations": TOLERATIONS}
    assert template["metadata"] == {"labels": {"team": "vision"}}


def test_a_job_is_let_in_with_as_many_pods_as_the_queue_says() -> None:
    owned = {name: below for name, below in OF_JOB.items() if name != "f:parallelism"}
    found = left_to_the_queue({**HEAD, "spec": {**JOB, "suspend": True}}, {"spec": JOB}, {"f:spec": owned})
    assert found["spec"] == {"backoffLimit": 0, "template": TEMPLATE}


@pytest.mark.parametrize("owned", [{}, of_job_set({})], ids=["nothing is ours", "all of it, as one"])
def test_of_other_fields_nothing_is_left_out(owned: dict[str, Any]) -> None:
    (jobs,) = forced(owned)["spec"]["replicatedJobs"]
    assert jobs["template"]["spec"]["backoffLimit"] == 0
    assert jobs["template"]["spec"]["template"]["spec"]["containers"] == POD["containers"]
    is_whole = "nodeSelector" in jobs["template"]["spec"]["template"]["spec"]
    assert is_whole == bool(owned)


def test_what_somebody_took_away_with_all_that_is_in_it_comes_back_whole() -> None:
    assert forced({}, live=[]) == {**HEAD, "spec": {"replicatedJobs": JOBS}}
    assert forced({}, live=None) == {**HEAD, "spec": {"replicatedJobs": JOBS}}


def test_who_asks_for_another_parallelism_is_told_of_the_queues() -> None:
    body, live = {**HEAD, "spec": JOB}, {**HEAD, "spec": {**JOB, "parallelism": 1}}
    assert left_to_the_queue(body, live, {}, force=False)["spec"]["parallelism"] == 2


def applied(kind: str, api_version: str, template: dict[str, Any], *, team: str = "vision") -> dict[str, Any]:
    """With the marks that we apply it with."""
    job = {**JOB, "template": template}
    of_kind = {"Job": job, "JobSet": {"replicatedJobs": [{"name": "workers", "template": {"spec": job}}]}}
    body = {"apiVersion": api_version, "kind": kind, "metadata": {}, "spec": of_kind.get(kind, job)}
    return {**body, "metadata": {"annotations": {FIXED: as_text(marks(body)), "team": team}}}


PLACED_ANEW = {**TEMPLATE, "spec": {**POD, "nodeSelector": {"zone": "b"}}}
LABELLED_ANEW = {**TEMPLATE, "metadata": {"labels": {"team": "vision", "cost": "low"}}}


@pytest.mark.parametrize("of", [("Job", "batch/v1"), ("JobSet", "jobset.x-k8s.io/v1alpha2")])
def test_templates_that_were_applied_before_ask_for_nothing_new(of: tuple[str, str]) -> None:
    live = applied(*of, TEMPLATE)
    assert asks_for_the_same(applied(*of, TEMPLATE, team="speech"), live)
    assert not asks_for_the_same(applied(*of, PLACED_ANEW), live)
    assert not asks_for_the_same(applied(*of, LABELLED_ANEW), live)
    assert not asks_for_the_same(applied(*of, TEMPLATE), {**live, "metadata": {}})


def test_of_a_kind_whose_templates_may_change_nobody_can_tell() -> None:
    body = applied("Deployment", "apps/v1", TEMPLATE)
    assert not asks_for_the_same(body, body)
