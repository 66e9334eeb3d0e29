"""What can be compiled, as paths of the spec. All else that a spec writes is refused by name: nothing is dropped.

`*` stands for any name. Where values are listed, the path is known with these alone. A list's items belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from trimtab.compiler.capabilities import Capabilities
from trimtab.compiler.diagnostics import Findings
from trimtab.spec.positions import SpecPath
from trimtab.spec.resolve import Resolved
from trimtab.spec.shape.build import ROOT, Kind
from trimtab.spec.shape.places import Variants, below, variants_of
from trimtab.spec.suggest import listed

ANYTHING = "**"
"""The path, and whatever lies below it."""

_RESOURCES = (
    "resources.cpu",
    "resources.memory",
    "resources.storage",
    "resources.sharedMemory",
    "resources.gpu",
)
_ENV = ("env.*.value", "env.*.secret", "env.*.secretFile", "env.*.key")
_PROGRAM = ("image", "code.path", "code.lock", "command", *_ENV)
_WORKLOAD = (
    *_PROGRAM,
    "pool",
    *_RESOURCES,
    "processes",
    "nodes",
    "launcher",
    "reads",
    "timeout.run",
    "retries.times",
    "attempt",
)
_ACCEPT = ("accept.*.min", "accept.*.max", "accept.*.goal")
_COLUMN = ("type", "min", "max", "values", "pattern", "nulls.max", "duplicates.max")

SUPPORTED: Mapping[str, tuple[str, ...]] = {
    "": (
        "apiVersion",
        "kind",
        "metadata.name",
        "metadata.namespace",
        "metadata.labels.*",
        "metadata.annotations.*",
    ),
    "spec": ("defaultEnvironment", "platform"),  # what a platform says is in the spec by now
    "spec.manifests.*": (ANYTHING,),
    "spec.patches.*": ("target.kind", "target.name", f"merge.{ANYTHING}", f"json.{ANYTHING}"),
    "spec.clusters.*": ("context", "groups", "provider", "region"),  # for whoever connects
    "spec.environments.*": ("runOn.runs", "runtimeImage", f"overrides.{ANYTHING}"),
    "spec.data.stores.*.volume": ("size", "class", "access"),
    "spec.data.artifacts": ("store", "path"),
    "spec.data.datasets.*": ("store", "path", "format", "version"),
    "spec.data.datasets.*.expect": ("rows.min", "rows.max", "freshness.max"),
    "spec.data.datasets.*.expect.columns.*": _COLUMN,
    "spec.data.pipelines.*": (*_WORKLOAD, "writes"),
    "spec.compute.pools.*": ("node.cpu", "node.memory", "accelerator.type", "accelerator.perNode"),
    "spec.training.*": (*_WORKLOAD, f"params.{ANYTHING}", "seed", "onChange", *_ACCEPT),
    "spec.training.*.checkpoint": ("every", "keep", "to"),
    "spec.training.*.evaluate.*": (*_WORKLOAD, f"params.{ANYTHING}", *_ACCEPT),
    "spec.deployment.*": ("model", "server.torch", "pool", *_RESOURCES, *_ENV, "drain", "processes", "nodes"),
    "spec.deployment.*.replicas": ("min", "max", "target.cpu"),
    "spec.deployment.*.capture": ("writes", "sample"),
    "spec.security": ("podSecurity", "network.egress", "images.digests", "secrets.*.existing"),
    "spec.monitoring.drift.*": ("of", "against", "schedule.every", *_ACCEPT, "accept.*.minSamples"),
}

ONLY: Mapping[str, tuple[Any, ...]] = {
    "spec.data.pipelines.*.processes": (1,),
    "spec.data.pipelines.*.nodes": (1,),
    "spec.data.pipelines.*.launcher": ("plain",),
    "spec.training.*.launcher": ("plain", "torchrun"),
    "spec.training.*.onChange": ("finish",),
    "spec.training.*.evaluate.*.processes": (1,),
    "spec.training.*.evaluate.*.nodes": (1,),
    "spec.training.*.evaluate.*.launcher": ("plain",),
    "spec.deployment.*.processes": (1,),
    "spec.deployment.*.nodes": (1,),
    "spec.security.images.digests": ("required",),
}


LOCALLY: Mapping[str, tuple[str, ...]] = {
    "spec.security.secrets.*": ("vault", "aws", "gcp", "azure", "sops"),
}
"""Known on this machine besides: a file of its own supplies secrets, wherever a cluster would take them from."""


AS_GIVEN = ("spec", "manifests")
"""What is in an object that was given as it is to be may be anything, and is most of what there is to look at."""


def refuse_unsupported(resolved: Resolved, capabilities: Capabilities, findings: Findings) -> None:
    """One finding for each part of the spec that is beyond us, at its outermost key."""
    local = capabilities.is_local
    target = "this machine" if capabilities.is_local else "Kubernetes"
    refused: set[SpecPath] = set()
    for path in sorted(_written(resolved), key=lambda path: (len(path), _owner(path) is not None)):
        owner = _owner(path)
        if owner in refused or any(path[:length] in refused for length in range(len(path))):
            continue
        pattern = _match(path, local)
        if pattern is None:
            refused.add(path)
            findings.add(
                "TT401", f"`{said(path)}` can't be compiled yet for {target}{_rather(path, local)}", path
            )
        elif pattern in ONLY and (value := _value(resolved.tree, path)) not in ONLY[pattern]:
            allowed = " or ".join(f"`{choice}`" for choice in ONLY[pattern])
            message = f"`{said(path)}: {value}` can't be compiled yet for {target}, only {allowed}"
            findings.add("TT401", message, path)


def _owner(path: SpecPath) -> SpecPath | None:
    """The variant that gives the key its meaning, where it stands beside one: of a store's `region` its `uri`."""
    variants = _variants(path)
    variant = variants.beside.get(str(path[-1])) if variants else None
    return (*path[:-1], variant) if variant else None


def _rather(path: SpecPath, local: bool) -> str:
    """What can be compiled in its place, where the language has a choice there."""
    variants = _variants(path)
    choices = variants.keys if variants else ()
    others = [choice for choice in choices if _match((*path[:-1], choice), local)]
    return f"; {listed(others)} can" if others and path[-1] in choices else ""


def _variants(path: SpecPath) -> Variants | None:
    return variants_of(_kind_at(path[:-1])) if path else None


@lru_cache(maxsize=4096)
def _kind_at(path: SpecPath) -> Kind | None:
    """What the language says of a place. Asked once for each key that stands there."""
    return below(_kind_at(path[:-1]), path[-1]) if path else ("model", ROOT)


def said(path: SpecPath) -> str:
    """As people write it: `training.classifier.sweep`."""
    return ".".join(map(str, path[1:] if path[:1] == ("spec",) else path))


def _written(resolved: Resolved) -> Iterator[SpecPath]:
    """What was written for this environment; of other environments nothing."""
    chosen = ("spec", "environments", resolved.environment_name)
    for path in _paths(resolved.tree, ()):
        if path[:2] != chosen[:2] or len(path) < len(chosen) or path[: len(chosen)] == chosen:
            yield path


def _paths(tree: Any, path: SpecPath) -> Iterator[SpecPath]:
    yield path
    if path[: len(AS_GIVEN)] == AS_GIVEN and len(path) > len(AS_GIVEN):
        return
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _paths(value, (*path, key))
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            yield from _paths(value, (*path, index))


def _match(path: SpecPath, local: bool) -> str | None:
    """The pattern that knows `path`, whole or as a part of what it knows."""
    node, pattern = _trie(local), []
    for segment in path:
        if ANYTHING in node or (isinstance(segment, int) and not node):
            break
        known = segment if segment in node else "*"
        if known not in node:
            return None
        pattern.append(str(known))
        node = node[known]
    return ".".join(pattern)


@cache
def _trie(local: bool) -> dict[str | int, Any]:
    root: dict[str | int, Any] = {}
    for pattern in (*patterns(SUPPORTED), *(patterns(LOCALLY) if local else ())):
        node = root
        for segment in pattern.split("."):
            node = node.setdefault(segment, {})
    return root


def patterns(table: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{prefix}.{leaf}".lstrip(".") for prefix, leaves in table.items() for leaf in leaves]


def _value(tree: Any, path: SpecPath) -> Any:
    for segment in path:
        tree = tree[segment]
    return tree
