"""NetworkPolicies: all Pods of a system are closed both ways, and each of these opens one way.

They select by the system's label, so that systems that share a namespace don't open or close each other.
"""

from __future__ import annotations

from typing import Any

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.naming import RUN_LABEL, SYSTEM_LABEL, dns_label, selector
from trimtab.compiler.site import Site
from trimtab.compiler.tree import manifest
from trimtab.spec.positions import SpecPath

DNS_PORTS = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
CLUSTER_DNS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}


def deny_all(site: Site, path: SpecPath) -> Manifest:
    return _policy(site, "default-deny", path, {}, types=["Ingress", "Egress"])


def allow_names(site: Site, path: SpecPath) -> Manifest:
    return _policy(site, "dns", path, {"egress": [{"to": [CLUSTER_DNS], "ports": DNS_PORTS}]})


def allow_out(site: Site, rules: list[Any], path: SpecPath) -> Manifest:
    return _policy(site, "egress", path, {"egress": rules})


def to_addresses(block: str, port: int) -> dict[str, Any]:
    return {"to": [{"ipBlock": {"cidr": block}}], "ports": [{"protocol": "TCP", "port": port}]}


def allow_ranks(site: Site, run: str, path: SpecPath) -> Manifest:
    """The ranks of one run among each other, on any port: collectives choose their own."""
    ranks = {SYSTEM_LABEL: site.system, RUN_LABEL: run}
    peers = [{"podSelector": {"matchLabels": ranks}}]
    return _policy(
        site, f"{run}-ranks", path, {"ingress": [{"from": peers}], "egress": [{"to": peers}]}, pods=ranks
    )


def allow_callers(site: Site, endpoint: str, component: str, path: SpecPath) -> Manifest:
    """Pods of the same namespace, on the endpoint's own port. Nobody outside: it is not exposed."""
    ingress = [{"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": "http"}]}]
    pods = selector(site.system, endpoint, component)
    return _policy(site, f"{endpoint}-callers", path, {"ingress": ingress}, pods=pods)


def _policy(
    site: Site,
    name: str,
    path: SpecPath,
    rules: dict[str, Any],
    pods: dict[str, str] | None = None,
    types: list[str] | None = None,
) -> Manifest:
    tree = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": site.metadata(dns_label(site.system, name), "network"),
        "spec": {
            "podSelector": {"matchLabels": pods or {SYSTEM_LABEL: site.system}},
            "policyTypes": types or [direction.capitalize() for direction in rules],
            **rules,
        },
    }
    return manifest(tree, path)
