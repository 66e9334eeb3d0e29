"""Reaching a cluster for its own sake: by a context, or by the environment of a spec that runs on it."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from trimtab.cli import specs
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.findings import tell_findings
from trimtab.compiler.cluster_names import cluster_of
from trimtab.reconciler.kubernetes import credentials, kubeconfig
from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.preparing import prepare_folder
from trimtab.reconciler.targets import context_of


class Named(NamedTuple):
    """A cluster by its name in the spec, and its context in a kubeconfig."""

    name: str
    context: str


def context(wanted: str | None) -> str:
    """The context that is meant: the current one of the kubeconfig where none is named."""
    found = wanted or kubeconfig.contexts(kubeconfig.places()).current
    if not found and not credentials.runs_in_cluster():
        raise Complaint("which cluster? the kubeconfig has no current context", "--context NAME")
    return found or "this cluster"


@asynccontextmanager
async def connected(context: str) -> AsyncIterator[KubernetesCluster]:
    cluster = KubernetesCluster(credentials.of_context(context))
    try:
        yield cluster
    finally:
        await cluster.close()


async def of_environment(args: argparse.Namespace) -> Named:
    """The cluster that an environment of a spec trains on. What is to be found out may be what is wrong there."""
    path = specs.one(args.spec)
    prepared = await prepare_folder(path, args.environment)
    resolved = prepared.resolved
    if resolved.environment is None:
        tell_findings(prepared.diagnostics, prepared.texts)
        raise Complaint(f"{path} names no such environment", "mend the lines above", Exit.FINDINGS)
    if resolved.environment.run_on.local:
        name = resolved.environment_name
        raise Complaint(
            f"environment {name} runs on this machine, not on a cluster", "-e ENV, or --context NAME"
        )
    return Named(cluster_of(resolved), context_of(resolved))
