"""The object we want in the cluster: a filled manifest with the marks that make it ours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.compiler.packed import Packed, Unread, digest_of
from trimtab.reconciler import effects
from trimtab.reconciler.cluster import DESIRED, PART_OF, Observed
from trimtab.reconciler.effects import TEMPLATE
from trimtab.reconciler.immutable import FIXED, as_text, marks
from trimtab.reconciler.ledger import API_VERSION, KEY_ANNOTATION, RUN_LABEL, SYSTEM_LABEL, Record

RECORD_LABEL = "trimtab.dev/record"
ROLE_LABEL = "trimtab.dev/role"
LOOKUP, WORKLOAD, CHECK = "lookup", "workload", "check"
"""What a run's Job is for: is there a record already; the work itself; is the model still there, before it serves."""


def system_ref(bundle: Bundle) -> Ref:
    return Ref(API_VERSION, "MLSystem", bundle.namespace, bundle.system)


def namespace_ref(bundle: Bundle) -> Ref:
    """Where it lies: the one Namespace that nothing of it can do without."""
    return Ref("v1", "Namespace", "", bundle.namespace)


def applyset_id(bundle: Bundle) -> str:
    """The id of the set whose parent is the `MLSystem` object (KEP-3659)."""
    return _applyset_id(bundle.system, bundle.namespace)


@lru_cache(64)
def _applyset_id(system: str, namespace: str) -> str:
    parent = f"{system}.{namespace}.MLSystem.trimtab.dev"
    sha = hashlib.sha256(parent.encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(sha).decode().rstrip('=')}-v1"


def is_member(observed: Observed, bundle: Bundle) -> bool:
    """Ours to delete: in this system's set, and applied by us. A Namespace is not, whatever it is labelled with."""
    is_labelled = observed.labels.get(PART_OF) == applyset_id(bundle)
    return is_labelled and bool(observed.own) and not observed.ref.is_namespace


def desired_object(filled: Mapping[str, Any], bundle: Bundle) -> tuple[Mapping[str, Any], str]:
    """The object to apply, and the digest of the state it asks for."""
    state = digest_of(filled)
    return marked(filled, bundle, state), state


def marked(filled: Mapping[str, Any], bundle: Bundle, state: str) -> Mapping[str, Any]:
    """The object to apply; `state` is the digest of what it asks for.

    Where `filled` is packed, it is made when it is read: the first plan of a large system holds thousands of them.
    """
    return _Marked(filled, bundle, state) if isinstance(filled, Packed) else _whole(filled, bundle, state)


class _Marked(Unread):
    __slots__ = ("_bundle", "_filled", "_state")

    def __init__(self, filled: Packed, bundle: Bundle, state: str) -> None:
        self._filled, self._bundle, self._state = filled, bundle, state

    @property
    def content(self) -> dict[str, Any]:
        return _whole(self._filled.content, self._bundle, self._state)


_NO_MEMBERS = frozenset({("v1", "Namespace"), (API_VERSION, "MLSystem")})


def _whole(body: Mapping[str, Any], bundle: Bundle, state: str) -> dict[str, Any]:
    """A Namespace is never a member."""
    labels = {SYSTEM_LABEL: bundle.system}
    if (body["apiVersion"], body["kind"]) not in _NO_MEMBERS:
        labels[PART_OF] = applyset_id(bundle)
    fixed = bundle.fixed.get(f"{body['apiVersion']}/{body['kind']}", ())
    told = {DESIRED: state, FIXED: as_text(marks(body, fixed)), TEMPLATE: effects.template_mark(body)}
    return _marked(body, labels, {name: text for name, text in told.items() if text})


def run_object(body: Mapping[str, Any], bundle: Bundle, record: Record, role: str) -> dict[str, Any]:
    """A run's object, to be created: ours by label and full key, and no member of the set that is pruned."""
    return _marked(body, run_labels(bundle.system, record, role), {KEY_ANNOTATION: record.key})


def run_labels(system: str, record: Record, role: str) -> dict[str, str]:
    return {SYSTEM_LABEL: system, RUN_LABEL: record.run, RECORD_LABEL: record.name, ROLE_LABEL: role}


def _marked(body: Mapping[str, Any], labels: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    metadata = body["metadata"]
    return {
        **body,
        "metadata": {
            **metadata,
            "labels": {**metadata.get("labels", {}), **labels},
            "annotations": {**metadata.get("annotations", {}), **annotations},
        },
    }
