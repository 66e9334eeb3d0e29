"""Of what stands in a queue of Kueue, the fields that the queue writes when it lets it in, and writes back when it doesn't.

They are sent where the spec says them, once, and whoever wrote them last owns them: a difference in one is no drift.
Which they are is Kubernetes' own list of what may change of a suspended Job.
"""

from __future__ import annotations

from collections.abc import Mapping
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
