"""Names that Kubernetes takes, made from names that people write.

camelCase becomes a DNS label, what is too long is cut and told apart by a few digits of its digest, and two names
that would become one are refused. Labels that every object of ours carries are fixed here as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trimtab.compiler.canonical import digest, short
from trimtab.compiler.diagnostics import Findings
from trimtab.spec.positions import SpecPath

LONGEST_LABEL = 63
LONGEST_RUN = 28
"""`<run>-<10 hex>-<attempt>-<index>-<5 random>` and a JobSet's own suffixes must fit into 63 characters."""
_HASH = 6

MANAGED_BY = "trimtab"
SYSTEM_LABEL = "trimtab.dev/system"
RUN_LABEL = "trimtab.dev/run"
RECORD_LABEL = "trimtab.dev/record"
COMPONENT_LABEL = "app.kubernetes.io/component"
NAME_LABEL = "app.kubernetes.io/name"

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_DNS = re.compile(r"[^a-z0-9]+")


def kebab(name: str) -> str:
    """`onHeldOut` -> `on-held-out`."""
    return _NOT_DNS.sub("-", _WORD_STARTS.sub("-", name).lower()).strip("-")


def dns_label(*parts: str, longest: int = LONGEST_LABEL) -> str:
    """One DNS label of all parts. A cut name ends in a digest of the whole, so that it stays its own."""
    name = "-".join(kebab(part) for part in parts)
    if not name[:1].isalpha():
        name = f"x-{name}".rstrip("-")
    if len(name) <= longest:
        return name
    return f"{name[: longest - _HASH - 1].rstrip('-')}-{short(digest(name), _HASH)}"


def labels(system: str, name: str, component: str) -> dict[str, str]:
    """What every object of ours says of itself."""
    return {
        **selector(system, name, component),
        "app.kubernetes.io/part-of": system,
        "app.kubernetes.io/managed-by": MANAGED_BY,
    }


def selector(system: str, name: str, component: str) -> dict[str, str]:
    """The labels that tell one component's Pods from all others."""
    return {NAME_LABEL: name, COMPONENT_LABEL: component, SYSTEM_LABEL: system}


@dataclass(slots=True)
class Names:
    """Hands out names of one scope (runs, claims, ...) and refuses to give one twice."""

    findings: Findings
    scope: str
    taken: dict[str, SpecPath] = field(default_factory=dict)

    def give(self, path: SpecPath, *parts: str, longest: int = LONGEST_LABEL) -> str:
        name = dns_label(*parts, longest=longest)
        first = self.taken.setdefault(name, path)
        if first != path:
            message = (
                f"this {self.scope} would be named `{name}` in Kubernetes, and so would another; rename one"
            )
            self.findings.add("TT402", message, path, ("the other is here", first))
        return name
