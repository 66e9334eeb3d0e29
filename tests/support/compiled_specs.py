"""Specs compiled in one call, with sources that are values: nothing of this machine gets in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.compiler import (
    Capabilities,
    CodeTree,
    Compiled,
    Lock,
    Sources,
    compile_system,
    local_capabilities,
)
from trimtab.compiler.bundle import Bundle, Manifest, Run
from trimtab.compiler.cluster_facts import ClusterFacts
from trimtab.spec.load import load
from trimtab.spec.resolve import Resolved, resolve

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "mlsystem.yaml"
FILE = "mlsystem.yaml"
HEAD = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: test}\n"
POOL = "compute: {pools: {cpu: {node: {cpu: 4, memory: 16Gi}}}}"
IMAGE = "registry.example.com/test/train@sha256:" + 64 * "a"

SOURCES = Sources(
    trees={"src": CodeTree("sha256:" + 64 * "c", b"a tree of code")},
    locks={"requirements.txt": Lock("sha256:" + 64 * "d", "torch==2.9.0\n")},
    interpreter="cpython-3.11",
)
LOCAL = local_capabilities()
CLUSTER = Capabilities(runtime_image="registry.example.com/trimtab/runtime@sha256:" + 64 * "e")
US_EAST = ClusterFacts(
    minor=36,
    kinds={
        "v1": ("ConfigMap", "Namespace", "PersistentVolumeClaim", "Service", "ServiceAccount"),
        "apps/v1": ("Deployment",),
        "autoscaling/v2": ("HorizontalPodAutoscaler",),
        "batch/v1": ("CronJob", "Job"),
        "networking.k8s.io/v1": ("NetworkPolicy",),
        "policy/v1": ("PodDisruptionBudget",),
    },
    storage_classes=("fast-nvme", "standard"),
    priority_classes=("high",),
    queues=("risk", "team-a/risk"),
)
"""A cluster whose two storage classes have no default; of its issuers and gateways nothing is known."""
TARGETS = {"laptop": LOCAL, "cluster": CLUSTER}


def digits(*changes: tuple[str, str], environment: str = "laptop") -> Resolved:
    """The example, with texts of it replaced by others."""
    text = DIGITS.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return resolve(load(text, FILE), environment)


def spec(body: str, change: tuple[str, str] = ("", "")) -> Resolved:
    """A spec by what stands below `spec:`, whose first line is line 6; it has a pool, save for a change."""
    text = f"{HEAD}spec:\n  {POOL}\n" + "".join(f"  {line}\n" for line in body.strip("\n").splitlines())
    return resolve(load(text.replace(*change) if change[0] else text, FILE))


def compiled(resolved: Resolved, capabilities: Capabilities = LOCAL, sources: Sources = SOURCES) -> Compiled:
    assert resolved.system is not None, [str(d) for d in resolved.diagnostics]
    return compile_system(resolved, capabilities, sources)


def bundle(resolved: Resolved, capabilities: Capabilities = LOCAL, sources: Sources = SOURCES) -> Bundle:
    result = compiled(resolved, capabilities, sources)
    assert result.bundle is not None, [(str(d.span), d.code, d.message) for d in result.diagnostics]
    return result.bundle


def findings(resolved: Resolved, capabilities: Capabilities = LOCAL) -> list[tuple[str, int]]:
    """Code and line of each finding."""
    return [(d.code, d.span.line) for d in compiled(resolved, capabilities).diagnostics]


def manifest(found: Bundle, node: str) -> Manifest:
    return next(m for m in found.manifests if m.node == node)


def run(found: Bundle, name: str) -> Run:
    return next(r for r in found.runs if r.name == name)


def pod_specs(found: Bundle) -> Iterator[dict[str, Any]]:
    """Every Pod spec that the bundle can start."""
    workloads = [m for r in found.runs for m in (*r.workload, r.lookup)]
    for m in (*found.manifests, *workloads):
        if "template" in m.body.get("spec", {}):
            yield m.body["spec"]["template"]["spec"]
