"""Of what stands in a queue of Kueue, the fields that the queue writes when it lets it in, and writes back when it doesn't.

They are sent where the spec says them, once, and whoever wrote them last owns them: a difference in one is no drift,
and a write of other fields leaves them to who has them. Which they are is Kubernetes' own list of what may change of a
suspended Job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.reconciler.health import QUEUE_LABEL
from trimtab.reconciler.immutable import FIXED, from_text

Fields = Mapping[str, Any]

_OF_THE_OBJECT = frozenset({"f:suspend", "f:parallelism"})
_OF_A_TEMPLATE = frozenset({"f:labels", "f:annotations"})
_OF_A_POD = frozenset({"f:nodeSelector", "f:affinity", "f:tolerations", "f:schedulingGates"})

_TEMPLATES = {("batch", "Job"): "spec.template", ("jobset.x-k8s.io", "JobSet"): "spec.replicatedJobs"}
"""Kinds whose templates are fixed, and the field whose mark covers all of them."""


def stands_in_queue(body: Mapping[str, Any]) -> bool:
    return QUEUE_LABEL in (body["metadata"].get("labels") or {})


def asks_for_the_same(body: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether `live` was last applied with these very templates, by its marks: then they hold nothing that is new, and
    what the queue has taken of them need not be sent again. Of a kind that has no such mark nobody can tell."""
    group = body["apiVersion"].rpartition("/")[0]
    path = _TEMPLATES.get((group, body["kind"]), "")
    ours, theirs = (_marks(each).get(path) for each in (body, live))
    return bool(ours) and ours == theirs


def _marks(body: Mapping[str, Any]) -> Mapping[str, str]:
    return from_text((body["metadata"].get("annotations") or {}).get(FIXED, ""))


def without_the_queues(fields: Fields) -> Fields:
    """Our own fields of such an object, as managedFields name them."""
    spec = fields.get("f:spec")
    if not isinstance(spec, Mapping):
        return fields
    kept = {name: _below(value) for name, value in spec.items() if name not in _OF_THE_OBJECT}
    return {**fields, "f:spec": kept}


def left_to_the_queue(
    body: Mapping[str, Any], live: Mapping[str, Any], owned: Fields, *, force: bool = True
) -> dict[str, Any]:
    """`body` as it may be applied over `live`: without the queue's fields that are not ours there. What has gone from
    `live` with all that is around it is sent whole. What is not forced may ask for another parallelism."""
    fields, there = owned.get("f:spec"), live.get("spec")
    queues = _OF_THE_OBJECT if force else _OF_THE_OBJECT - {"f:parallelism"}
    return {**body, "spec": _ours(body.get("spec"), fields, there, queues)}


def _ours(value: Any, fields: Any, live: Any, queues: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, list) and isinstance(live, list):
        return [_ours(item, *_item(item, fields, live)) for item in value]
    if not isinstance(value, Mapping) or not isinstance(live, Mapping) or fields == {}:
        return value
    mine = fields or {}
    queues = queues | _OF_A_POD if "containers" in value else queues
    kept = {
        name: _ours(inner, mine.get(f"f:{name}"), live.get(name))
        for name, inner in value.items()
        if f"f:{name}" not in queues or f"f:{name}" in mine
    }
    if "metadata" in kept and _has_containers(value.get("spec")):
        kept["metadata"] = _own_marks(kept["metadata"], mine.get("f:metadata") or {})
    return kept


def _has_containers(spec: Any) -> bool:
    return isinstance(spec, Mapping) and "containers" in spec


def _own_marks(metadata: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Labels and annotations of a template."""
    kept = dict(metadata)
    for mark in _OF_A_TEMPLATE & {f"f:{name}" for name in metadata}:
        ours = fields.get(mark) or {}
        kept[mark[2:]] = {name: text for name, text in kept[mark[2:]].items() if f"f:{name}" in ours}
    return {name: value for name, value in kept.items() if value != {}}


def _item(item: Any, fields: Any, live: Sequence[Any]) -> tuple[Any, Any]:
    """Its own fields and its like: lists with templates go by names."""
    name = item.get("name") if isinstance(item, Mapping) else None
    like = next((each for each in live if isinstance(each, Mapping) and each.get("name") == name), None)
    return (fields or {}).get(f'k:{{"name":"{name}"}}'), like if name else None


def _below(fields: Any) -> Any:
    """At any depth: a Pod's spec is what has containers, and a template what has a Pod's spec."""
    if not isinstance(fields, Mapping):
        return fields
    left: frozenset[str] = _OF_A_POD if "f:containers" in fields else frozenset()
    kept = {name: _below(value) for name, value in fields.items() if name not in left}
    if "f:containers" in (fields.get("f:spec") or {}) and "f:metadata" in kept:
        marks = kept["f:metadata"]
        kept["f:metadata"] = {name: value for name, value in marks.items() if name not in _OF_A_TEMPLATE}
    return kept
