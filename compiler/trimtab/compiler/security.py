"""The `security` section: the namespace's standard, accounts without rights, and who may talk to whom.

Everything is denied first; what the rest of the spec implies (names, ranks, callers) is then let through.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from trimtab.compiler import kubernetes_basics, network_policy
from trimtab.compiler.bundle import Manifest
from trimtab.compiler.naming import dns_label
from trimtab.compiler.site import METADATA, SPEC, Site
from trimtab.compiler.tree import at

SECURITY = (*SPEC, "security")
RUNS_ACCOUNT = "runs"
SERVING_ACCOUNT = "serving"


def account(site: Site, purpose: str) -> str:
    return dns_label(site.system, purpose)


def objects(site: Site, purposes: Iterable[str]) -> tuple[Manifest, ...]:
    """The ground that all else stands on; `purposes` are the accounts that are used."""
    level = at(site.spec.security.pod_security, (*SECURITY, "podSecurity"))
    accounts = (
        kubernetes_basics.service_account(site, account(site, purpose), purpose, (*METADATA, "name"))
        for purpose in sorted(purposes)
    )
    return (
        kubernetes_basics.namespace(site, level),
        *accounts,
        network_policy.deny_all(site, SECURITY),
        network_policy.allow_names(site, SECURITY),
        *_egress(site),
    )


def _egress(site: Site) -> tuple[Manifest, ...]:
    path = (*SECURITY, "network", "egress")
    rules = []
    for index, destination in enumerate(site.spec.security.network.egress):
        host, _, port = destination.rpartition(":")
        block = _address_block(host)
        if block is None:
            message = f"`{host}` can't be compiled: a NetworkPolicy knows addresses, not host names; write an address block"
            site.findings.add("TT401", message, (*path, index))
        else:
            rules.append(at(network_policy.to_addresses(block, int(port)), (*path, index)))
    return (network_policy.allow_out(site, rules, path),) if rules else ()


def _address_block(host: str) -> str | None:
    try:
        return str(ip_network(host, strict=False))
    except ValueError:
        return None
