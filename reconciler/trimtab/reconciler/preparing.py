"""From a spec's text to what it means: load, resolve and compile, with every finding of the three.

It speaks to no engine, and imports nothing that does: whoever compiles beside something else pays for this alone.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from trimtab.compiler import compile_system
from trimtab.compiler.bundle import Bundle
from trimtab.compiler.cluster_names import cluster_of
from trimtab.reconciler.addresses import Origin, Target
from trimtab.reconciler.files import Files, FolderFiles, origin_of
from trimtab.reconciler.refusals import Refused
from trimtab.reconciler.sources import gather
from trimtab.reconciler.targets import capabilities_of, context_of
from trimtab.reconciler.understood import Understood
from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import Loaded, load
from trimtab.spec.resolve import Resolved, resolve

ALONE = "it is a platform, which means nothing alone: name the systems in it"


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


async def prepare_folder(spec: Path, environment: str | None, origin: Origin | None = None) -> Prepared:
    """The spec at this path, with the folder around it as it is; who knows its origin already saves asking git for it.

    It never waits. Raises OSError where it can't be read.
    """
    text, files = (
        spec.read_text(encoding="utf-8", errors="surrogateescape"),
        FolderFiles(spec.resolve().parent),
    )
    return await prepare(text, str(spec), environment, files, origin_of(spec) if origin is None else origin)


def cluster_target(prepared: Prepared) -> Target:
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


def meaning_of(path: str, prepared: Prepared) -> Understood:
    """What of it those must know who know nothing of the language."""
    found = Understood(path, prepared.diagnostics, prepared.texts, prepared.bundle)
    if prepared.bundle is None:
        means_nothing = not any(diagnostic.is_error for diagnostic in prepared.diagnostics)
        return replace(found, refusal=ALONE if means_nothing else "")
    try:
        return replace(found, target=None if prepared.is_local else cluster_target(prepared))
    except Refused as refused:
        return replace(found, refusal=str(refused))
