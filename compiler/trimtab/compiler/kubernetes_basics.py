"""Small objects of core Kubernetes: namespaces, accounts, claims, and files that never change under their name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.canonical import digest, short
from trimtab.compiler.naming import dns_label
from trimtab.compiler.site import METADATA, Site
from trimtab.compiler.tree import at, manifest
from trimtab.spec.positions import SpecPath


def namespace(site: Site, level: Any) -> Manifest:
    """The version of the standard is pinned, so that an upgrade of the cluster forbids nothing unasked."""
    version = f"v1.{site.capabilities.kubernetes_minor}"
    security: dict[str, Any] = {}
    for mode in ("enforce", "audit", "warn"):
        security |= {
            f"pod-security.kubernetes.io/{mode}": level,
            f"pod-security.kubernetes.io/{mode}-version": version,
        }
    path = (*METADATA, "namespace")
    metadata = {**site.metadata(site.namespace, "namespace", labels=security), "namespace": None}
    return manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, path)


def service_account(site: Site, name: str, component: str, path: SpecPath) -> Manifest:
    tree = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": site.metadata(name, component),
        "automountServiceAccountToken": False,
    }
    return manifest(tree, path)


def claim(
    site: Site,
    name: str,
    size: Any,
    mode: Any,
    storage_class: Any,
    annotations: Mapping[str, Any],
    path: SpecPath,
) -> Manifest:
    tree = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": site.metadata(name, "storage", annotations=annotations),
        "spec": {
            "accessModes": [mode],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": size}},
        },
    }
    return manifest(tree, path)


def text_files(site: Site, purpose: str, texts: Mapping[str, str], path: SpecPath) -> Manifest:
    """Immutable, and named by what it holds: a change is another object."""
    return _config(site, purpose, digest(texts), {"data": dict(texts)}, path)


def binary_file(site: Site, purpose: str, name: str, data: bytes, identity: str, path: SpecPath) -> Manifest:
    content = {"binaryData": {name: base64.b64encode(data).decode()}}
    return _config(site, purpose, identity, content, path)


def _config(site: Site, purpose: str, identity: str, content: Mapping[str, Any], path: SpecPath) -> Manifest:
    name = f"{dns_label(site.system, purpose, longest=50)}-{short(identity, 12)}"
    tree = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": site.metadata(name, "files"),
        **{key: at(value, path) for key, value in content.items()},
        "immutable": True,
    }
    return manifest(tree, path)
