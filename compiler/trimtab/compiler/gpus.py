"""GPUs of a pool: how many a workload takes of each node, and which nodes have them.

The products are known by the labels that NVIDIA's GPU feature discovery puts on nodes. What a cluster was found to have
stands before the table; a product that neither knows is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trimtab.compiler.intents import Gpus
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath
from trimtab.spec.suggest import listed

if TYPE_CHECKING:
    from trimtab.compiler.cluster_facts import ClusterFacts
    from trimtab.spec.model.compute import Accelerator
    from trimtab.spec.model.workload import Workload

RESOURCE = "nvidia.com/gpu"
PRODUCT_LABEL = "nvidia.com/gpu.product"
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "A100": (
        *("NVIDIA-A100-SXM4-80GB", "NVIDIA-A100-SXM4-40GB", "NVIDIA-A100-PCIE-80GB", "NVIDIA-A100-80GB-PCIe"),
        *("NVIDIA-A100-PCIE-40GB", "A100-SXM4-40GB", "A100-SXM4-80GB"),
    ),
    "A10G": ("NVIDIA-A10G",),
    "B200": ("NVIDIA-B200",),
    "B300": ("NVIDIA-B300-SXM6-AC",),
    "GB200": ("NVIDIA-GB200",),
    "GB300": ("NVIDIA-GB300",),
    "H100": ("NVIDIA-H100-80GB-HBM3", "NVIDIA-H100-PCIe", "NVIDIA-H100-NVL"),
    "H200": ("NVIDIA-H200",),
    "L4": ("NVIDIA-L4",),
    "L40S": ("NVIDIA-L40S",),
    "T4": ("Tesla-T4",),
    "V100": ("Tesla-V100-SXM2-16GB", "Tesla-V100-SXM2-32GB"),
}
"""What people call a GPU -> the labels that nodes with one carry. One model has several."""

_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9]+")


def count(site: Site, workload: Workload, pool: str | None) -> int:
    """GPUs on each node: what it asks for, else all that the node has."""
    if workload.resources.gpu is not None:
        return workload.resources.gpu
    accelerator = _accelerator(site, pool)
    return accelerator.per_node if accelerator else 0


def gpus(site: Site, workload: Workload, path: SpecPath, pool: str | None) -> Gpus | None:
    """None where it takes none; what can't be had there is a finding."""
    number, accelerator = count(site, workload, pool), _accelerator(site, pool)
    if not number or accelerator is None or pool is None:
        return None
    here = (*SPEC, "compute", "pools", pool, "accelerator")
    asked = (*path, "resources", "gpu")
    said = asked if asked in site.findings.positions else (*here, "perNode")
    if site.capabilities.is_local:
        without = "`overrides` with `resources: {gpu: 0}` does without them here"
        message = f"this machine's engine gives out no GPUs, and {number} are asked for: {without}"
        site.findings.add("TT401", message, said)
        return None
    products = [_labels(site, kind, (*here, "type"), index) for index, kind in enumerate(accelerator.type)]
    return Gpus(at(number, said), tuple(products), (*here, "type"))


def _accelerator(site: Site, pool: str | None) -> Accelerator | None:
    return site.spec.compute.pools[pool].accelerator if pool else None


def _labels(site: Site, kind: str, path: SpecPath, index: int) -> tuple[str, ...]:
    found = (
        *PRODUCTS.get(kind, ()),
        *(label for label in _found(site.capabilities.facts) if _is(label, kind)),
    )
    if not found:
        known = listed(sorted({*PRODUCTS, *_found(site.capabilities.facts)}), "and")
        item = (*path, index) if (*path, index) in site.findings.positions else path
        message = f"which nodes have the GPU `{kind}` can't be told yet; those of {known} can"
        site.findings.add("TT401", message, item)
    return tuple(dict.fromkeys(found))


def _found(facts: ClusterFacts | None) -> Iterable[str]:
    return [name for name, gpu in ((facts.gpus if facts else None) or {}).items() if gpu.resource == RESOURCE]


def _is(label: str, kind: str) -> bool:
    """A node's label names its GPU among other words: `NVIDIA-H100-80GB-HBM3` is an H100."""
    return label == kind or kind.casefold() in (word.casefold() for word in _NOT_IN_LABELS.split(label))


def placement(asked: Gpus) -> dict[str, Any]:
    """Of a Pod's spec: nodes with any of the products, the first preferred; what keeps others off them is no hindrance."""

    def having(products: Iterable[str]) -> dict[str, Any]:
        return {"matchExpressions": [{"key": PRODUCT_LABEL, "operator": "In", "values": list(products)}]}

    every = dict.fromkeys(label for labels in asked.products for label in labels)
    preferred = [
        {"weight": max(100 - 10 * place, 1), "preference": having(labels)}
        for place, labels in enumerate(asked.products)
    ]
    affinity: dict[str, Any] = {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [having(every)]}
    }
    if len(preferred) > 1:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    toleration = {"key": RESOURCE, "operator": "Exists", "effect": "NoSchedule"}
    return {
        "affinity": at({"nodeAffinity": affinity}, asked.at),
        "tolerations": at([toleration], asked.at),
    }
