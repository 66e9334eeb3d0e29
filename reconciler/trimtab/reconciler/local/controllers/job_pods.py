"""The Pods of a Job: one an attempt, each of an Indexed Job knowing its index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.reconciler.health import INDEX_ANNOTATION
from trimtab.reconciler.local.controllers.pod_making import pod_from
from trimtab.reconciler.local.objects import Body, Stored


def pod_of(job: Stored, index: int | None) -> Body:
    name = job.ref.name
    labels = {
        "batch.kubernetes.io/controller-uid": job.uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": job.uid,
        "job-name": name,
    }
    if index is None:
        return pod_from(job, job.spec["template"], name, labels=labels)
    template = job.spec["template"]
    return pod_from(
        job,
        template,
        f"{name}-{index}",
        labels={**labels, INDEX_ANNOTATION: str(index)},
        annotations={INDEX_ANNOTATION: str(index)},
        spec={"hostname": f"{name}-{index}", **_with_index(template["spec"])},
    )


def _with_index(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Its containers learn their index, as on any cluster."""
    source = {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX_ANNOTATION}']"}}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
    return {
        field: [{**container, "env": [variable, *(container.get("env") or ())]} for container in spec[field]]
        for field in ("initContainers", "containers")
        if spec.get(field)
    }
