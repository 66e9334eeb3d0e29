"""From a spec's text to a system on its engine. The one door for the commands.

It decides nothing about the system, and refuses a spec with errors before anything is written; what else is refused is
said in `opening`, whose names are here too.
"""

from __future__ import annotations

import posixpath
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from trimtab.compiler import compile_system
from trimtab.compiler.bundle import Bundle
from trimtab.compiler.cluster_names import cluster_of
from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.files import Files, FolderFiles, head_commit
from trimtab.reconciler.loop import Listener, Loop, Origin
from trimtab.reconciler.opening import NotPrepared as NotPrepared
from trimtab.reconciler.opening import Refused as Refused
from trimtab.reconciler.opening import SystemHeld as SystemHeld
from trimtab.reconciler.opening import Target as Target
from trimtab.reconciler.opening import begun, connect_here, connect_to
from trimtab.reconciler.opening import state_directory as state_directory
from trimtab.reconciler.sources import gather
from trimtab.reconciler.targets import capabilities_of, context_of
from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import Loaded, load
from trimtab.spec.resolve import Resolved, resolve


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
