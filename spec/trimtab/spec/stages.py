"""The steps between what was written and what holds in one environment, each a function from stage to stage.

Overrides first, then the platform below, then groups of clusters. Each step keeps the positions true and says what it
refuses; none of them validates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic, Note, Severity
from trimtab.spec.positions import Positions, SpecPath

if TYPE_CHECKING:
    from trimtab.spec.load import Loaded

FIXED = ("environments", "defaultEnvironment", "platform")
"""Keys that an override may not touch: they decide what is merged."""
GROUP = "group:"
"""Before the name of a group of clusters in `runOn`."""


class Stage(NamedTuple):
    """A tree, where each of its values is written, what was found on the way, and the texts that all of it is from."""

    tree: Mapping[str, Any]
    positions: Positions
    found: tuple[Diagnostic, ...]
    source: str

    def with_found(self, more: Iterable[Diagnostic]) -> Stage:
        return self._replace(found=(*self.found, *more))


def overlaid(stage: Stage, name: str) -> Stage:
    """With the overrides of environment `name` merged."""
    overrides = _environment(stage, name).get("overrides")
    if not overrides:
        return stage
    from trimtab.spec.overlay import laid_over, merge
    from trimtab.spec.shape.places import SPEC

    at: SpecPath = ("spec", "environments", name, "overrides")
    fixed = [key for key in FIXED if key in overrides]
    allowed = {key: value for key, value in overrides.items() if key not in FIXED}
    merged = merge(stage.tree["spec"], allowed, SPEC, ("spec",))
    found = [
        Diagnostic("TT204", f"`{key}` cannot be overridden", stage.positions.key((*at, key))) for key in fixed
    ]
    found += [_idle(path, at, stage.positions) for path in merged.idle if allowed or not fixed]
    positions = laid_over(stage.positions, merged, at, ("spec",))
    return stage._replace(tree={**stage.tree, "spec": merged.tree}, positions=positions).with_found(found)


def _idle(path: SpecPath, overrides_at: SpecPath, positions: Positions) -> Diagnostic:
    written = (*overrides_at, *path[1:])
    where = ".".join(map(str, path[1:]))
    message = f"this override changes nothing: `{where}` is already so"
    return Diagnostic("TT203", message, positions.key(written), Severity.WARNING)


def joined(stage: Stage, path: str | None, platform: Loaded | None) -> Stage:
    """Laid over the platform that was loaded from `path`."""
    if path is None:
        return stage
    if platform is None or platform.platform is None:
        return stage.with_found([_no_platform(stage, path, platform)])
    from trimtab.spec.platform import join

    made = join(stage.tree, stage.positions, platform)
    source = f"{stage.source}\n{platform.text}"
    return Stage(made.tree, made.positions, (*stage.found, *made.diagnostics), source)


def _no_platform(stage: Stage, path: str, platform: Loaded | None) -> Diagnostic:
    span = stage.positions.value(("spec", "platform"))
    if platform is None:
        return Diagnostic("TT320", f"the platform `{path}` could not be read", span)
    notes = tuple(Note(d.message, d.span) for d in platform.diagnostics[:1])
    return Diagnostic("TT320", f"`{path}` is no sound `kind: MLPlatform`", span, notes=notes)


def with_groups(stage: Stage, name: str) -> Stage:
    """With the clusters of each group in the group's place, in the `runOn` of environment `name`."""
    environment = _environment(stage, name)
    run_on = environment.get("runOn")
    serving = run_on.get("serving", []) if isinstance(run_on, Mapping) else []
    if not isinstance(run_on, Mapping) or not any(str(cluster).startswith(GROUP) for cluster in serving):
        return stage
    spec = stage.tree["spec"]
    expanded = [member for cluster in serving for member in _members(cluster, spec.get("clusters", {}))]
    changed = {**environment, "runOn": {**run_on, "serving": list(dict.fromkeys(expanded))}}
    environments = {**spec["environments"], name: changed}
    return stage._replace(tree={**stage.tree, "spec": {**spec, "environments": environments}})


def _members(name: str, clusters: Mapping[str, Any]) -> list[str]:
    """The clusters of a group, or the name itself where it is none that is known."""
    group = name.removeprefix(GROUP)
    members = [c for c, what in clusters.items() if group in what.get("groups", [])] if name != group else []
    return members or [name]


def _environment(stage: Stage, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = stage.tree["spec"].get("environments", {}).get(name, {})
    return found
