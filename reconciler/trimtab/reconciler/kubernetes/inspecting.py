"""What a cluster can do, read from it once: `trimtab cluster inspect` writes it beside the spec.

Only what an API tells is written, and what changes by itself is left out (how many nodes there are, for one), so that
the file differs only where the cluster does. What may not be read is left unknown, and told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from trimtab.compiler.cluster_facts import ClusterFacts, Gpu
from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery, Resource
from trimtab.reconciler.kubernetes.fixed_fields import fixed_fields
from trimtab.reconciler.kubernetes.reading import Unreadable, every

Objects = list[dict[str, Any]]

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

GPU_RESOURCES = (
    "nvidia.com/gpu",
    "amd.com/gpu",
    "gpu.intel.com/i915",
    "gpu.intel.com/xe",
    "google.com/tpu",
    "habana.ai/gaudi",
    "aws.amazon.com/neuron",
)
PRODUCT_LABELS = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
    "cloud.google.com/gke-tpu-accelerator",
)
"""Where a node says which product it has; one that says nothing has the resource's name."""


class Inspected(NamedTuple):
    """`unread` names what could not be read, each as a part of a sentence."""

    facts: ClusterFacts
    unread: tuple[str, ...]


async def inspect(connection: Connection, discovery: Discovery) -> Inspected:
    """Raises ClusterUnavailable."""
    return await _Inspection(connection, discovery).result()


class _Inspection:
    def __init__(self, connection: Connection, discovery: Discovery) -> None:
        self._connection, self._discovery = connection, discovery
        self._unread: list[str] = []

    async def result(self) -> Inspected:
        self._discovery.forget()  # what is written down is asked for, all of it
        served = await self._discovery.resources()
        classes = await self._objects("storage.k8s.io", "StorageClass")
        definitions = await self._objects("apiextensions.k8s.io", "CustomResourceDefinition")
        nodes = await self._objects("", "Node")
        facts = ClusterFacts(
            minor=await self._minor(),
            kinds=_kinds(served),
            cluster_scoped=_kinds({k: r for k, r in served.items() if not r.namespaced}),
            storage_classes=_names(classes),
            default_storage_class=_default(classes or []),
            priority_classes=await self._named("scheduling.k8s.io", "PriorityClass"),
            runtime_classes=await self._named("node.k8s.io", "RuntimeClass"),
            ingress_classes=await self._named("networking.k8s.io", "IngressClass"),
            gateways=await self._named("gateway.networking.k8s.io", "Gateway"),
            queues=await self._named("kueue.x-k8s.io", "ClusterQueue", "LocalQueue"),
            issuers=await self._named("cert-manager.io", "ClusterIssuer", "Issuer"),
            gpus=None if nodes is None else _gpus(nodes),
            fixed=None if definitions is None else _fixed(definitions),
        )
        self._unread += [
            f"the API server of {group} does not answer" for group in sorted(self._discovery.down)
        ]
        return Inspected(facts, tuple(self._unread))

    async def _minor(self) -> int:
        answer = await self._connection.request("GET", "/version")
        if not answer.ok:
            raise answers.unreadable("/version", answers.status_of(answer))
        return int(re.sub(r"\D.*", "", answer.json()["minor"]))

    async def _named(self, group: str, *kinds: str) -> tuple[str, ...] | None:
        """The names of all objects of these kinds; None where one kind of them can't be read."""
        found = [_names(await self._objects(group, kind)) for kind in kinds]
        return None if None in found else tuple(sorted(name for names in found for name in names or ()))

    async def _objects(self, group: str, kind: str) -> Objects | None:
        """None where they may not be read; none at all where the kind is not served."""
        if group in self._discovery.down:
            return None
        resource = _served(await self._discovery.resources(), group, kind)
        if resource is None:
            return []
        try:
            return [item async for item in every(self._connection, resource)]
        except Unreadable as why:
            self._unread.append(str(why))
            return None


def _served(served: Mapping[tuple[str, str], Resource], group: str, kind: str) -> Resource | None:
    """In its newest version: an older one may need a webhook to be read at all. Names are the same in all."""
    found = [r for r in served.values() if (r.group, r.kind) == (group, kind)]
    return max(found, key=lambda r: _age(r.api_version), default=None)


_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


def _age(api_version: str) -> tuple[int, int, int]:
    """Orders versions as Kubernetes does: stable ones last, then by number."""
    match = _VERSION.fullmatch(api_version.rpartition("/")[2])
    if match is None:
        return (-1, 0, 0)
    major, stage, number = match.groups()
    return ({"alpha": 0, "beta": 1}.get(stage or "", 2), int(major), int(number or 0))


def _kinds(served: Mapping[tuple[str, str], Resource]) -> dict[str, tuple[str, ...]]:
    """Those of which there are objects; reviews and the like can only be asked."""
    found: dict[str, list[str]] = {}
    for (api_version, kind), resource in sorted(served.items()):
        if "list" in resource.verbs:
            found.setdefault(api_version, []).append(kind)
    return {api_version: tuple(kinds) for api_version, kinds in found.items()}


def _names(objects: Objects | None) -> tuple[str, ...] | None:
    if objects is None:
        return None
    parts = ((o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects)
    return tuple(sorted("/".join(filter(None, each)) for each in parts))


def _default(classes: Objects) -> str | None:
    """Of several defaults, the newest is the one that claims get."""
    marked = [
        (c["metadata"]["creationTimestamp"], c["metadata"]["name"])
        for c in classes
        if (c["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
    ]
    return max(marked)[1] if marked else None


def _gpus(nodes: Objects) -> dict[str, Gpu]:
    found: dict[str, Gpu] = {}
    for node in nodes:
        labels = node["metadata"].get("labels") or {}
        capacity = (node.get("status") or {}).get("capacity") or {}
        for resource in GPU_RESOURCES:
            count = int(capacity.get(resource, 0))
            if count:
                product = next((labels[label] for label in PRODUCT_LABELS if label in labels), resource)
                most = max(count, found[product].per_node if product in found else 0)
                found[product] = Gpu(resource=resource, per_node=most)
    return dict(sorted(found.items()))


def _fixed(definitions: Objects) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for definition in definitions:
        spec = definition["spec"]
        for version in spec["versions"]:
            schema = (version.get("schema") or {}).get("openAPIV3Schema")
            if version["served"] and schema and (paths := fixed_fields(schema)):
                found[f"{spec['group']}/{version['name']}/{spec['names']['kind']}"] = paths
    return dict(sorted(found.items()))
