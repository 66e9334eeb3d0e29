"""Pods from templates: the one place where a controller of an owner makes one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from trimtab.reconciler.local.controllers.controller import owned_by
from trimtab.reconciler.local.field_paths import canonical
from trimtab.reconciler.local.objects import Body, Stored

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Kubernetes' own choice: no vowels, no words by accident."""

LONGEST_STEM = 57


def random_suffix() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def template_hash(template: Body) -> str:
    """Ten characters that name a template in a Pod's name and label."""
    digest = hashlib.sha256(canonical(template).encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def pod_from(
    owner: Stored,
    template: Body,
    stem: str,
    *,
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    spec: Mapping[str, Any] | None = None,
) -> Body:
    """A Pod of `owner`, named after `stem`; `spec` stands over what the template says."""
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{stem[:LONGEST_STEM]}-{random_suffix()}",
            "namespace": owner.ref.namespace,
            "labels": {**(metadata.get("labels") or {}), **labels},
            "annotations": {**(metadata.get("annotations") or {}), **(annotations or {})},
            "ownerReferences": [owned_by(owner)],
        },
        "spec": {**template["spec"], **(spec or {})},
    }
