"""What an environment runs on, as the compiler must know it: this machine, or a cluster and what was found there.

The facts are read beside the spec, from the same folder or commit, and never from the cluster itself: what a commit
means does not depend on when it is compiled.
"""

from __future__ import annotations

from trimtab.compiler.capabilities import Capabilities, cluster_capabilities, local_capabilities
from trimtab.compiler.cluster_files import file_name
from trimtab.compiler.cluster_names import cluster_of
from trimtab.reconciler.files import Files
from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.resolve import Resolved


async def capabilities_of(resolved: Resolved, files: Files) -> tuple[Capabilities, tuple[Diagnostic, ...]]:
    """The capabilities, and a finding where the file of facts can't be read. Plain upstream where there is none."""
    place = resolved.environment.run_on if resolved.environment else None
    if place is None:
        return Capabilities(), ()
    if place.local:
        return local_capabilities(), ()
    cluster = cluster_of(resolved)
    data = await files.read(file_name(cluster))
    if data is None:
        return cluster_capabilities(cluster, None), ()
    from trimtab.compiler.cluster_facts import from_text

    facts = from_text(data.decode(errors="replace"), file_name(cluster))
    if isinstance(facts, str):
        at = resolved.positions.key(("spec", "environments", resolved.environment_name, "runOn"))
        return cluster_capabilities(cluster, None), (Diagnostic("TT403", facts, at),)
    return cluster_capabilities(cluster, facts), ()


def context_of(resolved: Resolved) -> str:
    """Its context in a kubeconfig."""
    name = cluster_of(resolved)
    written = resolved.system.spec.clusters.get(name) if resolved.system else None
    return (written.context if written else None) or name
