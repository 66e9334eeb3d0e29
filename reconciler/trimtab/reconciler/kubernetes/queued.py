"""Of what stands in a queue of Kueue, the fields that the queue writes when it lets it in, and writes back when it doesn't.

They are sent where the spec says them, once, and whoever wrote them last owns them: a difference in one is no drift,
and a heal of another field leaves them to who has them. Which they are is Kubernetes' own list of what may change of a
suspended Job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.reconciler.health import QUEUE_LABEL

Fields = Mapping[str, Any]

_OF_THE_OBJECT = frozenset({"f:suspend", "f:parallelism"})
_OF_A_TEMPLATE = frozenset({"f:labels", "f:annotations"})
_OF_A_POD = frozenset({"f:nodeSelector", "f:affinity", "f:tolerations", "f:schedulingGates"})


def stands_in_queue(body: Mapping[str, Any]) -> bool:
    return QUEUE_LABEL in (body["metadata"].get("labels") or {})


def without_the_queues(fields: Fields) -> Fields:
    """Our own fields of such an object, as managedFields name them."""
    spec = fields.get("f:spec")
    if not isinstance(spec, Mapping):
        return fields
    kept = {name: _below(value) for name, value in spec.items() if name not in _OF_THE_OBJECT}
    return {**fields, "f:spec": kept}


def left_to_the_queue(body: Mapping[str, Any], live: Mapping[str, Any], owned: Fields) -> dict[str, Any]:
    """`body` as it may be applied over `live` by force: without the queue's fields that are not ours there. What has gone
    from `live` with all that is around it is sent whole."""
    fields, there = owned.get("f:spec"), live.get("spec")
    return {**body, "spec": _ours(body.get("spec"), fields, there, _OF_THE_OBJECT)}


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
