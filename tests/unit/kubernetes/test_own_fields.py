"""What managedFields say of us, and what the digest makes of it where they say little."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from trimtab.reconciler.kubernetes.own_fields import own_digest


def entry(fields: Any, manager: str = "us", operation: str = "Apply", **more: Any) -> dict[str, Any]:
    said = {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1"}
    return {**said, "fieldsV1": fields, **more}


def digest(spec: Any, *entries: Any, api_version: str = "v1", status: Any = None) -> str:
    metadata = {"name": "x", "resourceVersion": "7", "managedFields": list(entries)}
    body = {"apiVersion": api_version, "kind": "Thing", "metadata": metadata, "spec": spec, "status": status}
    return own_digest(body, "us")


LEAF: dict[str, Any] = {"f:spec": {"f:x": {}}}


@pytest.mark.parametrize(
    "other",
    [
        entry(LEAF, manager="them"),
        entry(LEAF, operation="Update"),
        entry(LEAF, subresource="status"),
    ],
    ids=["of another", "of our updates", "of a subresource"],
)
def test_an_entry_that_is_not_ours_by_apply_counts_for_nothing(other: Any) -> None:
    assert digest({"x": 1}, other) == ""
    assert digest({"x": 1}, other, entry(LEAF)) == digest({"x": 1}, entry(LEAF))


def test_no_managed_fields_at_all() -> None:
    assert own_digest({"apiVersion": "v1", "metadata": {"name": "x"}}, "us") == ""
    assert digest({"x": 1}, entry({})) == digest({"x": 1}, entry(None)) == ""


def test_true_is_not_one_and_null_is_not_nothing() -> None:
    said = {digest(spec, entry(LEAF)) for spec in ({"x": 1}, {"x": True}, {"x": "1"}, {"x": None}, {})}
    assert len(said) == 5


def test_status_and_the_order_of_keys_do_not_count() -> None:
    fields = entry({"f:spec": {"f:x": {}, "f:y": {}}})
    again = entry({"f:spec": {"f:y": {}, "f:x": {}}})
    assert digest({"x": 1, "y": 2}, fields) == digest({"y": 2, "x": 1}, again, status={"seen": True})


EMPTY = entry({"f:spec": {"f:emptyDir": {}}})


def test_what_others_put_into_our_empty_struct_is_theirs() -> None:
    theirs = entry({"f:spec": {"f:emptyDir": {"f:medium": {}}}}, manager="them")
    assert digest({"emptyDir": {}}, EMPTY) == digest({"emptyDir": {"medium": "Memory"}}, EMPTY, theirs)
    assert digest({"emptyDir": {}}, EMPTY) != digest({}, EMPTY, theirs)


def test_a_map_that_has_one_owner_is_ours_whole() -> None:
    fields, theirs = entry({"f:spec": {"f:selector": {}}}), entry({"f:spec": {"f:y": {}}}, manager="them")
    assert digest({"selector": {"a": "1"}}, fields, theirs) != digest(
        {"selector": {"a": "2"}}, fields, theirs
    )


PORTS = entry({"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}}}}})


def test_an_item_is_found_by_all_of_its_keys() -> None:
    def ports(*more: Any) -> str:
        return digest({"ports": [*more, {"port": 80, "protocol": "TCP", "name": "http"}]}, PORTS)

    assert ports() == ports({"port": 80, "protocol": "UDP", "name": "quic"})
    assert ports() != ports({"port": 80, "protocol": "TCP", "name": "twin"})


def test_an_item_that_is_not_found_may_be_any_of_the_list() -> None:
    """A key that is defaulted in one version of an API and absent in another must not hide a change."""
    assert digest({"ports": [{"port": 80, "name": "a"}]}, PORTS) != digest(
        {"ports": [{"port": 80, "name": "b"}]}, PORTS
    )


def test_fields_of_another_version_are_not_guessed() -> None:
    """The names of its fields may have moved: everything but the status counts."""
    fields = entry({"f:spec": {"f:old": {}}}, apiVersion="v1beta1")
    assert digest({"new": 1}, fields) != digest({"new": 2}, fields)
    assert digest({"new": 1}, fields) == digest({"new": 1}, fields, status={"seen": True})


@pytest.mark.parametrize("strange", ["k:{", "z:1", "i:x", "k:7"])
def test_a_name_that_is_not_understood_covers_all_that_is_there(strange: str) -> None:
    fields = entry({"f:spec": {"f:list": {strange: {}}}})
    assert digest({"list": ["a"]}, fields) != digest({"list": ["b"]}, fields)


def test_an_item_can_be_named_by_its_place() -> None:
    fields = entry({"f:spec": {"f:list": {"i:1": {}}}})
    assert digest({"list": ["a", "b"]}, fields) == digest({"list": ["x", "b"]}, fields)
    assert digest({"list": ["a", "b"]}, fields) != digest({"list": ["a", "c"]}, fields)
    assert digest({"list": ["a", "b"]}, fields) != digest({"list": ["a"]}, fields)


QUEUED = {"kueue.x-k8s.io/queue-name": "risk"}
POD: dict[str, Any] = {
    "f:containers": {'k:{"name":"a"}': {"f:image": {}}},
    "f:nodeSelector": {},
    "f:tolerations": {},
}
TEMPLATE: dict[str, Any] = {"f:metadata": {"f:labels": {"f:a": {}}, "f:name": {}}, "f:spec": POD}
OF_A_JOBSET: dict[str, Any] = {
    "f:suspend": {},
    "f:replicatedJobs": {
        'k:{"name":"w"}': {"f:template": {"f:spec": {"f:parallelism": {}, "f:template": TEMPLATE}}}
    },
}


def of_a_jobset(labels: Any, owned: Any = OF_A_JOBSET, **changed: Any) -> str:
    pod = {
        "containers": [{"name": "a", "image": "b"}],
        "nodeSelector": {"x": "y"},
        "tolerations": [],
        **changed,
    }
    job = {"parallelism": 1, "template": {"metadata": {"name": "n", "labels": {"a": "b"}}, "spec": pod}}
    spec = {"suspend": False, "replicatedJobs": [{"name": "w", "template": {"spec": job}}]}
    metadata = {"name": "x", "labels": labels, "managedFields": [entry({"f:spec": owned})]}
    return own_digest({"apiVersion": "v1", "kind": "JobSet", "metadata": metadata, "spec": spec}, "us")


@pytest.mark.parametrize("change", [{"nodeSelector": {"x": "z"}}, {"tolerations": [{"key": "k"}]}], ids=str)
def test_what_a_queue_writes_is_no_drift_of_what_stands_in_it(change: Any) -> None:
    assert of_a_jobset(QUEUED, **change) == of_a_jobset(QUEUED)
    assert of_a_jobset({}, **change) != of_a_jobset({})


def test_nor_is_it_when_the_queue_takes_what_was_ours() -> None:
    less = deepcopy(OF_A_JOBSET)
    del less["f:suspend"]
    job = less["f:replicatedJobs"]['k:{"name":"w"}']["f:template"]["f:spec"]["f:template"]
    del job["f:spec"]["f:nodeSelector"]
    del job["f:metadata"]["f:labels"]
    assert of_a_jobset(QUEUED, less) == of_a_jobset(QUEUED)
    assert of_a_jobset({}, less) != of_a_jobset({})


def test_all_else_of_it_is_watched_as_ever() -> None:
    image = {"containers": [{"name": "a", "image": "c"}]}
    assert of_a_jobset(QUEUED, **image) != of_a_jobset(QUEUED)
