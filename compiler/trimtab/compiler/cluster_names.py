"""Names that only the cluster knows, checked against what was found there; and the kinds that it must serve.

Names of claims and secrets are not among the facts: they come and go, and to list secrets is to read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.cluster_files import file_name
from trimtab.compiler.diagnostics import Findings
from trimtab.compiler.pod_templates import below
from trimtab.compiler.scope import DEFINITION
from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import SpecPath
from trimtab.spec.resolve import Resolved
from trimtab.spec.rules.choices import known_names, unknown

if TYPE_CHECKING:
    from trimtab.compiler.cluster_facts import ClusterFacts
    from trimtab.spec.model import MLSystem


class Known(NamedTuple):
    """A place of the spec (`*` is any name), the fact that lists what may stand there, and what that is called."""

    path: tuple[str, ...]
    fact: str
    what: str


KNOWN = (
    Known(("spec", "data", "stores", "*", "volume", "class"), "storage_classes", "storage class"),
    Known(("spec", "compute", "queue", "name"), "queues", "queue"),
    Known(("spec", "training", "*", "priority"), "priority_classes", "priority class"),
    Known(("spec", "deployment", "*", "expose", "gateway"), "gateways", "gateway"),
    Known(("spec", "deployment", "*", "expose", "tls", "issuer"), "issuers", "issuer"),
)
UNRECORDED = (
    ("spec", "data", "stores", "*", "claim"),
    ("spec", "security", "secrets", "*", "existing"),
)


def cluster_of(resolved: Resolved) -> str:
    """The cluster that trains, by its name in the spec; the environment's own name where it says none."""
    place = resolved.environment.run_on if resolved.environment else None
    return (place.runs if place else None) or resolved.environment_name


def judge(resolved: Resolved, cluster: str, text: str) -> tuple[Diagnostic, ...]:
    """What a committed file of facts says of a resolved spec, for whoever compiles nothing."""
    from trimtab.compiler.cluster_facts import from_text

    findings, facts = Findings(resolved.positions), from_text(text, file_name(cluster))
    if isinstance(facts, str):
        findings.add("TT403", facts, ("spec", "environments", resolved.environment_name, "runOn"))
    elif resolved.system is not None and resolved.tree is not None:
        check_names(resolved.tree, resolved.system, cluster, facts, findings)
    return findings.ordered()


def check_names(
    tree: Mapping[str, Any], system: MLSystem, cluster: str, facts: ClusterFacts, findings: Findings
) -> None:
    """Every name of the spec that the cluster does not have, beside those that it has."""
    namespace = system.metadata.namespace
    for known in KNOWN:
        there = getattr(facts, known.fact)
        for path, name in _found(tree, known.path):
            if (
                there is not None
                and not _is_there(name, namespace, there)
                and not _is_declared(tree, path, name)
            ):
                short = [each.removeprefix(f"{namespace}/") for each in there]
                message = unknown(known.what, str(name), short, f"cluster `{cluster}`")
                findings.add("TT408", f"{message}{_again(cluster)}", path)
    _check_default_class(tree, system, cluster, facts, findings)


def check_kinds(manifests: Iterable[Manifest], cluster: str, facts: ClusterFacts, findings: Findings) -> None:
    """Every kind that is to be written there and is not served, once, at the line of its first object.

    A kind that comes with a definition of the system's own will be served.
    """
    manifests, missing = list(manifests), dict[tuple[str, str], SpecPath]()
    coming = {below(m.body, "spec", "names", "kind") for m in manifests if m.ref.kind == DEFINITION}
    for manifest in manifests:
        api_version, kind = manifest.ref.api_version, manifest.ref.kind
        if not facts.serves(api_version, kind) and kind not in coming:
            missing.setdefault((api_version, kind), manifest.origin(()))
    for (api_version, kind), path in missing.items():
        served = [version for version, kinds in sorted(facts.kinds.items()) if kind in kinds]
        elsewhere = f", only {known_names(served)}" if served else ""
        message = f"cluster `{cluster}` does not serve `{kind}` of `{api_version}`{elsewhere}"
        findings.add("TT408", f"{message}{_again(cluster)}", path)


def _found(tree: Any, pattern: tuple[str, ...], path: SpecPath = ()) -> Iterator[tuple[SpecPath, Any]]:
    if not pattern:
        yield path, tree
        return
    head, *rest = pattern
    if isinstance(tree, Mapping):
        for key in tree if head == "*" else [head] if head in tree else []:
            yield from _found(tree[key], tuple(rest), (*path, key))


def _is_there(name: Any, namespace: str, there: Iterable[str]) -> bool:
    return name in there or f"{namespace}/{name}" in there


def _is_declared(tree: Mapping[str, Any], path: SpecPath, name: Any) -> bool:
    """A priority that the spec itself declares comes with it."""
    return path[-1] == "priority" and name in tree["spec"].get("compute", {}).get("priorities", {})


def _check_default_class(
    tree: Mapping[str, Any], system: MLSystem, cluster: str, facts: ClusterFacts, findings: Findings
) -> None:
    if facts.storage_classes is None or facts.default_storage_class is not None:
        return
    there = known_names(facts.storage_classes) if facts.storage_classes else "none at all"
    message = f"cluster `{cluster}` has no default storage class: write `class`; there is {there}"
    for path, volume in _found(tree, ("spec", "data", "stores", "*", "volume")):
        if isinstance(volume, Mapping) and "class" not in volume:
            findings.add("TT408", message, path)
    if system.spec.computes and not system.spec.data.artifacts.store:
        message = f"{message}, in a store that `data.artifacts` names"
        findings.add("TT408", message, ("spec", "data", "artifacts"))


def _again(cluster: str) -> str:
    return f" ({file_name(cluster)})"
