"""What an API server calls a field is found in the object that was sent."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.compiler.bundle import FieldPath
from trimtab.reconciler.kubernetes.field_names import field_path

BODY: dict[str, Any] = {
    "metadata": {
        "labels": {"app": "a", "app.kubernetes.io/part-of": "x", "a": "1", "a[b].c": "odd"},
        "annotations": {"trimtab.dev/desired": "d"},
        "finalizers": ["one/two", "three.four/five"],
    },
    "spec": {
        "replicas": 1,
        "containers": [
            {"name": "side", "image": "s"},
            {
                "name": "main",
                "image": "m",
                "env": [{"name": "A.B", "value": "1"}, {"name": 'quo"te]', "value": "2"}],
                "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}],
            },
        ],
    },
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.replicas", ("spec", "replicas")),
        (".spec.replicas", ("spec", "replicas")),
        ("spec.containers[1].image", ("spec", "containers", 1, "image")),
        ('.spec.containers[name="main"].image', ("spec", "containers", 1, "image")),
        ('.spec.containers[name="main"].env[name="A.B"].value', ("spec", "containers", 1, "env", 0, "value")),
        (
            '.spec.containers[name="main"].env[name="quo\\"te]"].value',
            ("spec", "containers", 1, "env", 1, "value"),
        ),
        (
            '.spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].containerPort',
            ("spec", "containers", 1, "ports", 0, "containerPort"),
        ),
        (
            '.spec.containers[name="main"].ports[containerPort=80,protocol="UDP"].containerPort',
            ("spec", "containers", 1, "ports", 1, "containerPort"),
        ),
        (".metadata.annotations.trimtab.dev/desired", ("metadata", "annotations", "trimtab.dev/desired")),
        (".metadata.labels.app.kubernetes.io/part-of", ("metadata", "labels", "app.kubernetes.io/part-of")),
        ("metadata.labels[app.kubernetes.io/part-of]", ("metadata", "labels", "app.kubernetes.io/part-of")),
        (".metadata.labels.a[b].c", ("metadata", "labels", "a[b].c")),
        (".metadata.labels.app", ("metadata", "labels", "app")),
        ('.metadata.finalizers[="three.four/five"]', ("metadata", "finalizers", 1)),
        ("", ()),
    ],
)
def test_a_field_is_found(text: str, path: FieldPath) -> None:
    assert field_path(text, BODY) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('.spec.containers[name="injected"].image', ("spec", "containers")),
        ("spec.template.spec.volumes[0].name", ("spec", "template", "spec", "volumes", 0, "name")),
        ("[]", ()),
        ("spec.containers[", ("spec", "containers")),
    ],
)
def test_what_is_not_there_ends_near_by(text: str, path: FieldPath) -> None:
    assert field_path(text, BODY) == path
