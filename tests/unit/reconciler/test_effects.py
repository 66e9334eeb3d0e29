"""What an update does to what runs, told before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from bundles import shop

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.desired import desired_object
from trimtab.reconciler.effects import told


def body(
    kind: str = "Deployment", replicas: int = 2, image: str = "a", label: str = "x"
) -> Mapping[str, Any]:
    template = {"spec": {"containers": [{"name": "main", "image": image}]}}
    metadata = {"name": "web", "namespace": "shop", "labels": {"app": label}}
    spec = {"replicas": replicas, "selector": {}, "template": template}
    whole = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return desired_object(whole, shop())[0]


def live(applied: dict[str, Any], replicas: int = 2) -> Observed:
    ref = Ref("apps/v1", applied["kind"], "shop", "web")
    health = Health(replicas=replicas)
    return Observed(ref, "u", "1", 1, "own", {}, applied["metadata"]["annotations"], False, health)


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (body(), body(), ""),
        (body(), body(label="y"), ""),
        (body(), body(replicas=3), ""),
        (body(), body(image="b"), "; its Pods are restarted"),
        (body(), body(replicas=1), "; 2 Pods become 1"),
        (body(), body(replicas=0, image="b"), "; its Pods are restarted; 2 Pods become 0"),
        (body("Job"), body("Job", image="b"), ""),
    ],
)
def test_what_is_touched_is_told(before: dict[str, Any], after: dict[str, Any], effect: str) -> None:
    assert told(live(before), after) == effect


def test_of_what_was_applied_before_there_were_marks_nothing_is_claimed() -> None:
    unmarked = {**body(), "metadata": {"annotations": {}}}
    assert told(live(unmarked), body(image="b")) == ""
