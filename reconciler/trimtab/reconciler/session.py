"""Opening a system on its engine: from a spec's text to a started loop. The one door for the CLI and the daemon.

It decides nothing about the system. It refuses, before anything is written, what can't be one system: a spec with
errors, another source or cluster than recorded, a second writer.
"""

from __future__ import annotations

import getpass
import os
import platform
import posixpath
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trimtab.compiler import compile_system
from trimtab.compiler.bundle import Bundle
from trimtab.compiler.cluster_names import cluster_of
from trimtab.reconciler import rights
from trimtab.reconciler.cluster import Cluster, HeldBy, Lease
from trimtab.reconciler.files import Files, FolderFiles, head_commit
from trimtab.reconciler.ledger import API_VERSION
from trimtab.reconciler.loop import Listener, Loop, Origin
from trimtab.reconciler.mirror import kinds_of
from trimtab.reconciler.sources import gather
from trimtab.reconciler.targets import capabilities_of, context_of
from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import Loaded, load
from trimtab.spec.resolve import Resolved, resolve

if TYPE_CHECKING:
    from trimtab.reconciler.kubernetes import KubernetesCluster


class Refused(Exception):
    """Nothing was written. The text is one sentence with the next step."""


class NotPrepared(Refused):
    """The cluster lacks our kinds, or we lack rights there: an administrator may change that at any time."""


class SystemHeld(Refused):
    """Another writer holds the system."""


class Target(NamedTuple):
    """A cluster: what the spec calls it, and its context in a kubeconfig."""

    name: str
    context: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spec, understood for one environment. `bundle` is None where a diagnostic is an error.

    `texts` holds each file that a position may lie in: the spec, and the platform it is part of.
    """

    file: str
    texts: Mapping[str, str]
    resolved: Resolved
    bundle: Bundle | None
    diagnostics: tuple[Diagnostic, ...]
    origin: Origin

    @property
    def is_local(self) -> bool:
        environment = self.resolved.environment
        return environment is not None and environment.run_on.local


async def prepare(text: str, file: str, environment: str | None, files: Files, origin: Origin) -> Prepared:
    """Load, resolve and compile; every finding of all three, in order."""
    loaded = load(text, file)
    platform = await _platform(loaded, files)
    resolved = resolve(loaded, environment, platform)
    found = resolved.diagnostics
    bundle = None
    if resolved.system is not None and not any(d.is_error for d in found):
        capabilities, unread = await capabilities_of(resolved, files)
        compiled = compile_system(resolved, capabilities, await gather(resolved.system, files))
        found, bundle = (*found, *unread, *compiled.diagnostics), None if unread else compiled.bundle
    texts = {each.file: each.text for each in (loaded, platform) if each is not None}
    return Prepared(file, texts, resolved, bundle, ordered(found), origin)


async def _platform(loaded: Loaded, files: Files) -> Loaded | None:
    """The platform that the spec is part of; one that is not there is a finding of the spec's own."""
    path = loaded.platform_path
    if path is None:
        return None
    data = await files.read(posixpath.relpath(path, posixpath.dirname(loaded.file) or "."))
    return None if data is None else load(data.decode(errors="surrogateescape"), path)


async def prepare_folder(spec: Path, environment: str | None) -> Prepared:
    """The spec at this path, with the folder around it as it is. Raises OSError where it can't be read."""
    folder = spec.resolve().parent
    origin = Origin(f"file:{spec.resolve()}", head_commit(folder))
    text = spec.read_text(encoding="utf-8", errors="surrogateescape")
    return await prepare(text, str(spec), environment, FolderFiles(folder), origin)


def state_directory(spec: Path, environment: str) -> Path:
    return spec.resolve().parent / ".trimtab" / environment


async def connect(prepared: Prepared, state: Path) -> Cluster:
    """The engine of this environment: this machine's, started if need be, or its cluster. Raises ClusterUnavailable."""
    return await (connect_here(state) if prepared.is_local else connect_to(target_of(prepared)))


def target_of(prepared: Prepared) -> Target:
    """Raises Refused where it is not one cluster."""
    environment = prepared.resolved.environment
    clusters = environment.run_on.clusters if environment is not None else ()
    if len(clusters) > 1:
        name = prepared.resolved.environment_name
        raise Refused(
            f"environment `{name}` runs on {', '.join(clusters)}, and one cluster an environment can be applied to "
            f"yet; `trimtab compile -e {name}` writes its manifests"
        )
    return Target(cluster_of(prepared.resolved), context_of(prepared.resolved))


async def connect_here(state: Path) -> Cluster:
    from trimtab.reconciler.local.client import LocalCluster

    local = LocalCluster(state)
    await local.connect()
    return local


async def connect_to(target: Target, *, all_systems: bool = False) -> KubernetesCluster:
    """A cluster that knows our kinds. Raises ClusterUnavailable, NotPrepared."""
    from trimtab.reconciler.kubernetes import KubernetesCluster, of_context

    cluster = KubernetesCluster(of_context(target.context), all_systems=all_systems)
    try:
        for kind in ("MLSystem", "Run"):
            if await cluster.discovery.resource(API_VERSION, kind) is None:
                raise NotPrepared(
                    f"cluster `{target.name}` does not know the kind {kind} of {API_VERSION}: "
                    f"an administrator installs it, once, with `trimtab cluster install --context {target.context}`"
                )
    except BaseException:
        await cluster.close()
        raise
    return cluster


@asynccontextmanager
async def opened(
    prepared: Prepared, cluster: Cluster, listener: Listener, *, write: bool = True, take_over: bool = False
) -> AsyncIterator[Loop]:
    """A started loop on the system. Without `write` it may only plan."""
    if prepared.bundle is None:
        raise Refused(f"{prepared.file} has errors: `trimtab check` lists them")
    meant = (prepared.bundle, prepared.origin)
    async with begun(*meant, cluster, listener, write=write, take_over=take_over) as loop:
        yield loop


@asynccontextmanager
async def begun(
    bundle: Bundle,
    origin: Origin,
    cluster: Cluster,
    listener: Listener,
    *,
    write: bool = True,
    take_over: bool = False,
) -> AsyncIterator[Loop]:
    """As `opened`, of a spec of which nothing else is at hand any more."""
    info = await cluster.inspect()
    if write:
        await check_rights(cluster, bundle)
    lease = await _lease(cluster, bundle) if write else _ReadOnly()
    loop = Loop(cluster, info, lease, bundle, origin, listener)
    del bundle  # that of a newer commit takes its place in the loop
    try:
        await loop.start()
        if write and not take_over:
            _check_identity(loop, origin.source, info.uid)
        yield loop
    finally:
        await loop.stop()
        await lease.release()


async def check_rights(cluster: Cluster, bundle: Bundle) -> None:
    """Before anything is written: half of a system is worse than none. Raises NotPrepared."""
    needed = rights.of_bundle(bundle, kinds_of(bundle))
    who, missing = await cluster.lacking(needed, bundle.namespace)
    if missing:
        raise NotPrepared(rights.sentence(missing, who, bundle.namespace))


async def _lease(cluster: Cluster, bundle: Bundle) -> Lease:
    answer = await cluster.acquire(bundle.namespace, bundle.system, holder())
    if isinstance(answer, HeldBy) and answer.holder == holder():
        raise SystemHeld(
            f"namespace {bundle.namespace} has two specs of a system {bundle.system}, and this process keeps the other: "
            "name one of them differently"
        )
    if isinstance(answer, HeldBy):
        raise SystemHeld(
            f"{answer.holder} is writing {bundle.system} since {answer.since}; wait for it, or stop it"
        )
    return answer


def holder() -> str:
    return f"{getpass.getuser()}@{platform.node()} (process {os.getpid()})"


def _check_identity(loop: Loop, source: str, cluster: str) -> None:
    known = loop.mirror.system
    if known is None:
        return
    if known.source and known.source != source:
        raise Refused(
            f"{loop.bundle.system} is kept by {known.source}, not {source}; `--take-over` changes that"
        )
    if known.cluster and known.cluster != cluster:
        raise Refused(f"{loop.bundle.system} was recorded on another cluster; `--take-over` changes that")


class _ReadOnly:
    def valid(self) -> bool:
        return False

    async def release(self) -> None:
        pass
