"""Every refusal becomes one sentence that says what to do, at the field it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cause, ClusterUnavailable, Conflict, Rejected
from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.exchange import Answer

REF = Ref("apps/v1", "Deployment", "here", "web")
BODY: dict[str, Any] = {"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "main"}]}}}}


def status(
    code: int, message: str, reason: str = "", causes: list[dict[str, str]] | None = None, **details: str
) -> answers.Status:
    said = {
        "kind": "Status",
        "message": message,
        "reason": reason,
        "details": {**details, "causes": causes or []},
        "code": code,
    }
    return answers.status_of(Answer(code, {}, json.dumps(said).encode()))


def refusal(told: answers.Status) -> Rejected:
    return answers.rejected(told, REF, BODY)


def test_a_conflict_names_the_manager_and_the_fields() -> None:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "kubectl-edit" using apps/v1',
            "field": ".spec.replicas",
        },
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "other"',
            "field": '.spec.template.spec.containers[name="main"].image',
        },
    ]
    image = ("spec", "template", "spec", "containers", 0, "image")
    told = status(409, "Apply failed with 2 conflicts", "Conflict", causes)
    assert answers.conflict(told, BODY) == Conflict("kubectl-edit and other", (("spec", "replicas"), image))


def test_another_409_is_no_conflict_of_managers() -> None:
    assert answers.conflict(status(409, "the object has been modified", "Conflict"), BODY) is None


def test_each_cause_is_at_its_field_and_without_regular_expressions() -> None:
    long = (
        "Invalid value: \"x y\": a valid label must be short (e.g. 'MyValue',  or '12345', "
        "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )
    causes = [
        {"reason": "FieldValueInvalid", "message": long, "field": "metadata.labels"},
        {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.selector"},
        {
            "reason": "FieldValueInvalid",
            "message": "some validation rules were not checked",
            "field": "<nil>",
        },
    ]
    told = refusal(status(422, "...", "Invalid", causes))
    short = 'Invalid value: "x y": a valid label must be short'
    assert told.causes == (
        Cause(("metadata", "labels"), short),
        Cause(("spec", "selector"), "Required value"),
    )
    assert told.message == (
        f"Deployment/web is invalid: metadata.labels: {short}; spec.selector: Required value"
    )


@pytest.mark.parametrize(
    ("told", "message", "paths"),
    [
        (
            status(
                500,
                "failed to create typed patch object (here/web; apps/v1, Kind=Deployment): .spec.foo: "
                "field not declared in schema",
            ),
            "Deployment/web is invalid: spec.foo: unknown field",
            [("spec", "foo")],
        ),
        (
            status(
                400,
                'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field '
                '"dataa", duplicate field "spec.replicas"',
                "BadRequest",
            ),
            "Deployment/web is invalid: dataa: unknown field; spec.replicas: duplicate field",
            [("dataa",), ("spec", "replicas")],
        ),
        (
            status(
                403,
                'configmaps "c" is forbidden: exceeded quota: small, requested: count/configmaps=1, '
                "used: count/configmaps=2, limited: count/configmaps=2",
                "Forbidden",
            ),
            "the quota small of namespace here has no room for Deployment/web: it asks for count/configmaps=1, "
            "where count/configmaps=2 of count/configmaps=2 are used",
            [],
        ),
        (
            status(
                403,
                'deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments" in API group '
                '"apps" in the namespace "here"',
                "Forbidden",
            ),
            "jane may not patch deployments.apps in namespace here: "
            "`trimtab cluster rights` prints those that are needed",
            [],
        ),
        (
            status(
                403,
                'configmaps "new" is forbidden: unable to create new content in namespace here because it is being '
                "terminated",
                "Forbidden",
                [{"reason": "NamespaceTerminating", "message": "...", "field": "metadata.namespace"}],
            ),
            "namespace here is being deleted and takes nothing new: wait until it is gone, "
            "or see which finalizers hold what is left in it",
            [("metadata", "namespace")],
        ),
        (
            status(
                403,
                'pods "p" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot',
                "Forbidden",
            ),
            'Deployment/web is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot',
            [],
        ),
        (
            status(404, 'namespaces "here" not found', "NotFound", kind="namespaces"),
            "namespace here is not there",
            [("metadata", "namespace")],
        ),
        (
            status(413, "Request entity too large: limit is 3145728", "RequestEntityTooLarge"),
            "Deployment/web is too large for the cluster (Request entity too large: limit is 3145728): make it smaller",
            [],
        ),
        (
            status(
                500,
                'Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post '
                '"https://127.0.0.1:9/x?timeout=1s": dial tcp 127.0.0.1:9: connect: connection refused',
                "InternalError",
            ),
            "the webhook h.example.com did not answer (dial tcp 127.0.0.1:9: connect: connection refused), "
            "and nothing passes without it: repair it, or remove its configuration",
            [],
        ),
        (
            status(403, 'admission webhook "h.example.com" denied the request: not on Fridays', "Forbidden"),
            "the webhook h.example.com refuses Deployment/web: not on Fridays",
            [],
        ),
    ],
)
def test_a_refusal_is_a_sentence(told: answers.Status, message: str, paths: list[tuple[str, ...]]) -> None:
    found = refusal(told)
    assert found.message == message
    assert [cause.path for cause in found.causes] == paths


@pytest.mark.parametrize(
    "told",
    [
        status(401, "Unauthorized", "Unauthorized"),
        status(503, "the server is currently unable to handle the request", "ServiceUnavailable"),
        status(504, "Timeout: request did not complete within requested timeout", "Timeout"),
        answers.status_of(Answer(502, {}, b"<html>bad gateway</html>")),
        answers.status_of(Answer(500, {}, b"")),
    ],
)
def test_a_server_in_trouble_has_refused_nothing(told: answers.Status) -> None:
    with pytest.raises(ClusterUnavailable):
        refusal(told)


@pytest.mark.parametrize(
    ("ref", "served", "down", "hint"),
    [
        (Ref("batch/v1beta1", "CronJob", "here", "x"), ["batch/v1"], False, "it is served as batch/v1"),
        (Ref("metrics.example.com/v1", "Thing", "here", "x"), [], True, "does not answer"),
        (Ref("trimtab.dev/v1", "Run", "here", "x"), [], False, "`trimtab cluster install`"),
        (Ref("v1", "Turnip", "here", "x"), [], False, "install what defines it"),
    ],
)
def test_an_unknown_kind_has_a_next_step(ref: Ref, served: list[str], down: bool, hint: str) -> None:
    message = answers.unknown_kind(ref, served, down).message
    assert f'no matches for kind "{ref.kind}" in version "{ref.api_version}"' in message
    assert hint in message
