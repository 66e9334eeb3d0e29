"""One spec checked, and mended where it is asked for. Nothing of what it imports may be slow: this is the hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trimtab.cli import files
from trimtab.spec.diagnostic import Diagnostic, Note, ordered
from trimtab.spec.load import Loaded, load
from trimtab.spec.suggest import listed

if TYPE_CHECKING:
    from trimtab.spec.resolve import Resolved

MOST_PASSES = 20
"""A fix may uncover the next finding. More rounds than this mean that two fixes undo each other."""


class Checked(NamedTuple):
    """`texts` holds each file that a finding may stand in: the spec, and the platform it is part of."""

    path: Path
    texts: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    mended: int = 0

    @property
    def text(self) -> str:
        return self.texts[str(self.path)]


def check(path: Path, environment: str | None) -> Checked:
    """Raises OSError where the file can't be read."""
    return _check(path, files.read(path), environment)


def mend(checked: Checked, environment: str | None, *, unsafe: bool) -> Checked:
    """The spec with its fixes applied and written, and what is left to be said about it."""
    from trimtab.spec.fixes import apply_fixes

    latest, mended = checked, 0
    for _ in range(MOST_PASSES):
        fixed = apply_fixes(latest.text, str(latest.path), latest.diagnostics, unsafe=unsafe)
        if not fixed.applied:
            break
        latest, mended = _check(latest.path, fixed.text, environment), mended + len(fixed.applied)
    if mended:
        files.write(checked.path, latest.text)
    return latest._replace(mended=mended)


def _check(path: Path, text: str, environment: str | None) -> Checked:
    loaded = load(text, str(path))
    platform = _platform(loaded)
    texts = {each.file: each.text for each in (loaded, platform) if each is not None}
    return Checked(path, texts, _findings(loaded, platform, environment, path.parent))


def _platform(loaded: Loaded) -> Loaded | None:
    """What the spec's `platform` names. One that is not there is a finding of the spec's own."""
    file = loaded.platform_path
    try:
        return load(files.read(Path(file)), file) if file else None
    except OSError:
        return None


def _findings(
    loaded: Loaded, platform: Loaded | None, environment: str | None, folder: Path
) -> tuple[Diagnostic, ...]:
    """Without an environment, those of each: what is wrong in one alone is still wrong, and says in which."""
    from trimtab.spec.resolve import resolve

    written = tuple(loaded.system.spec.environments) if loaded.system else ()
    names = (environment,) if environment else written or (None,)
    resolved = [resolve(loaded, name, platform) for name in names]
    known = (folder / "clusters").is_dir()
    found = [(*each.diagnostics, *(_of_cluster(each, folder) if known else ())) for each in resolved]
    where: dict[Diagnostic, list[str]] = {}
    for name, each in zip(names, found, strict=True):
        for diagnostic in dict.fromkeys(each):
            where.setdefault(diagnostic, []).append(str(name))
    return ordered(d if len(at) == len(names) else _in(at, d) for d, at in where.items())


def _in(environments: Sequence[str], diagnostic: Diagnostic) -> Diagnostic:
    kind = "environment" if len(environments) == 1 else "environments"
    return diagnostic._replace(notes=(*diagnostic.notes, Note(f"in {kind} {listed(environments, 'and')}")))


def _of_cluster(resolved: Resolved, folder: Path) -> tuple[Diagnostic, ...]:
    """What the facts of the cluster say, where they are committed beside the spec."""
    from trimtab.compiler.cluster_files import file_name
    from trimtab.compiler.cluster_names import cluster_of, judge

    place = resolved.environment.run_on if resolved.environment else None
    if place is None or place.local or resolved.system is None:
        return ()
    cluster = cluster_of(resolved)
    file = folder / file_name(cluster)
    return judge(resolved, cluster, files.read(file)) if file.is_file() else ()
