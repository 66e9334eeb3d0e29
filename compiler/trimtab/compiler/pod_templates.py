"""Pods inside objects, found by their shape, whatever kind holds them: a Deployment, a JobSet, a custom resource.

A Pod's spec is a mapping whose `containers` all name an image. Nothing is concluded from a kind's name, so kinds that
did not exist when this was written are covered too; a list that only changes an operator's own containers is not one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import FieldPath

TEMPLATES: Mapping[tuple[str, str], FieldPath] = {
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}
"""Where Kubernetes' own kinds have their one template, by group and kind."""


SCALARS = (str, int, float)
"""Most of what stands in an object, and nothing is below it."""


def pod_specs(value: Any, place: FieldPath = ()) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Every Pod spec below `value`, with its place."""
    if isinstance(value, Mapping):
        if _is_pod_spec(value):
            yield place, value
        for key, item in value.items():
            if not isinstance(item, SCALARS):
                yield from pod_specs(item, (*place, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from pod_specs(item, (*place, index))


def _is_pod_spec(value: Mapping[str, Any]) -> bool:
    containers = value.get("containers")
    return (
        isinstance(containers, list | tuple)
        and bool(containers)
        and all(isinstance(each, Mapping) and "image" in each for each in containers)
    )


def below(value: Any, *path: str) -> Any:
    """What lies there; None where nothing does, or where the way is of another shape."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
