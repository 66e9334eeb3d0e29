"""What a writer of a system must be allowed to do: the least rights, as values, as RBAC objects, and as a sentence.

Derived from what the reconciler does to each kind and from nothing else: Secrets, for one, are never read or written,
so no right to them is asked for. Whether a right is granted is the engine's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.ledger import API_VERSION

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """Verbs on one kind. `names` limits it to objects of these names, `subresource` to a part of them."""

    api_version: str
    kind: str
    verbs: tuple[str, ...]
    subresource: str = ""
    names: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def resource(self) -> str:
        """As RBAC writes it, by the rule that every kind we know of follows: `networkpolicies`, `runs/status`."""
        return "/".join(filter(None, (plural(self.kind), self.subresource)))

    @property
    def resource_and_group(self) -> str:
        """As people write it: `deployments.apps`."""
        return ".".join(filter(None, (self.resource, self.group)))

    def __str__(self) -> str:
        return f"{', '.join(self.verbs)} {self.resource_and_group}"


SEE = ("get", "list", "watch")
WRITE = (*SEE, "create", "patch", "delete")

OWN = (
    Right(API_VERSION, "MLSystem", WRITE),
    Right(API_VERSION, "MLSystem", ("update",), "status"),
    Right(API_VERSION, "Run", (*SEE, "create")),
    Right(API_VERSION, "Run", ("update",), "status"),
    Right("coordination.k8s.io/v1", "Lease", ("get", "create", "patch", "delete")),
    Right("v1", "Pod", SEE),
    Right("v1", "Pod", ("get",), "log"),
    Right("v1", "Event", ("list",)),
)
"""Whatever a system consists of. A record of the ledger is never deleted, so nobody needs to be allowed to."""


def of_bundle(bundle: Bundle, kinds: Iterable[tuple[str, str]]) -> tuple[Right, ...]:
    """For one system. `kinds` are all that are watched, those of earlier specs included: what left must be deleted."""
    refs = [m.ref for m in bundle.manifests] + [m.ref for run in bundle.runs for m in run.workload]
    everywhere = {(ref.api_version, ref.kind) for ref in refs if not ref.namespace}
    return (
        *of_namespaces(namespaces_of(bundle)),
        *of_kinds(set(kinds) - everywhere),
        *(Right(*kind, WRITE, namespaced=False) for kind in sorted(everywhere - {("v1", "Namespace")})),
    )


def namespaces_of(bundle: Bundle) -> tuple[str, ...]:
    """Its own, and those that its `manifests` give."""
    names = [m.ref.name for m in bundle.manifests if m.ref.is_namespace]
    return tuple(dict.fromkeys((bundle.namespace, *names)))


def of_kinds(kinds: Iterable[tuple[str, str]]) -> tuple[Right, ...]:
    own = {(right.api_version, right.kind) for right in OWN} | {("v1", "Namespace")}
    return (*OWN, *(Right(*kind, WRITE) for kind in sorted(set(kinds) - own)))


def of_namespaces(names: Sequence[str] = ()) -> tuple[Right, ...]:
    """To keep these Namespaces, or any, and to know the cluster again by the uid of its own. None is ever deleted."""
    if not names:
        return (Right("v1", "Namespace", (*SEE, "create", "patch"), namespaced=False),)
    return (
        Right("v1", "Namespace", ("get",), names=("kube-system",), namespaced=False),
        Right("v1", "Namespace", (*SEE, "patch"), names=tuple(names), namespaced=False),
    )


def rules(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """As the `rules` of a Role: rights of the same verbs in one rule, in a fixed order."""
    merged: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for right in sorted(rights):
        merged.setdefault((right.group, right.verbs, right.names), []).append(right.resource)
    return [
        {
            "apiGroups": [group],
            "resources": resources,
            **({"resourceNames": list(names)} if names else {}),
            "verbs": list(verbs),
        }
        for (group, verbs, names), resources in merged.items()
    ]


def lacking(rights: Iterable[Right], granted: Sequence[Mapping[str, Any]]) -> tuple[Right, ...]:
    """What of `rights` no rule of `granted` gives, as a SelfSubjectRulesReview lists them."""
    wanting = []
    for right in rights:
        verbs = tuple(verb for verb in right.verbs if not _is_granted(right, verb, granted))
        if verbs:
            wanting.append(
                Right(right.api_version, right.kind, verbs, right.subresource, right.names, right.namespaced)
            )
    return tuple(wanting)


def _is_granted(right: Right, verb: str, granted: Sequence[Mapping[str, Any]]) -> bool:
    anything = {"*", right.resource, *([f"*/{right.subresource}"] if right.subresource else [])}
    return any(
        {verb, "*"} & set(rule.get("verbs", ()))
        and {right.group, "*"} & set(rule.get("apiGroups", ()))
        and anything & set(rule.get("resources", ()))
        and _names_fit(right, rule.get("resourceNames") or ())
        for rule in granted
    )


def _names_fit(right: Right, names: Sequence[str]) -> bool:
    return not names or (right.names != () and set(right.names) <= set(names))


def sentence(missing: Sequence[Right], who: str, namespace: str) -> str:
    """Everything that is missing, and what to do about it."""
    by_verbs: dict[tuple[str, ...], list[str]] = {}
    for right in missing:
        by_verbs.setdefault(right.verbs, []).append(right.resource_and_group)
    told = [f"{_listed(verbs)} {_listed(dict.fromkeys(names))}" for verbs, names in by_verbs.items()]
    return (
        f"{who} may not {'; nor '.join(told)} in namespace {namespace}, and nothing was written: "
        "an administrator grants what `trimtab cluster rights` prints"
    )


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def plural(kind: str) -> str:
    name = kind.lower()
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2] not in "aeiou" else f"{name}s"


def role(
    kind: str, name: str, given: Iterable[Right], namespace: str = "", labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {**_head(kind, name, namespace, labels or {}), "rules": rules(given)}


def binding(
    kind: str, name: str, role: tuple[str, str], subject: Mapping[str, str], namespace: str = ""
) -> dict[str, Any]:
    """`role` is kind and name; `subject` as `subject()` gives it."""
    reference = {"apiGroup": RBAC, "kind": role[0], "name": role[1]}
    return {**_head(kind, name, namespace, {}), "roleRef": reference, "subjects": [dict(subject)]}


def subject(written: str, namespace: str) -> dict[str, str] | None:
    """`user:ada`, `group:ml`, `serviceAccount:trimtab` or `serviceAccount:ci/trimtab`; None for what is none of them."""
    kind, _, name = written.partition(":")
    if not name or kind not in {"user", "group", "serviceAccount"}:
        return None
    if kind != "serviceAccount":
        return {"kind": kind.capitalize(), "apiGroup": RBAC, "name": name}
    home, _, account = name.rpartition("/")
    return {"kind": "ServiceAccount", "name": account, "namespace": home or namespace}


def _head(kind: str, name: str, namespace: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            **({"namespace": namespace} if namespace else {}),
            "labels": {"app.kubernetes.io/name": "trimtab", **labels},
        },
    }
