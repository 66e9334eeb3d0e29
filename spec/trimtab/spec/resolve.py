"""From `Loaded` to `Resolved`: one environment chosen, overrides and platform merged, references and rules checked.

Everything is a pure function of the loaded spec and the name of an environment; whatever is wrong comes back as
diagnostics, with the spans of the override where an override is to blame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import Loaded
from trimtab.spec.positions import Positions, SpecPath
from trimtab.spec.shape.facts import LOCAL
from trimtab.spec.stages import Stage, joined, overlaid, with_groups
from trimtab.spec.validation import validate

if TYPE_CHECKING:
    from trimtab.spec.model.environments import Environment
    from trimtab.spec.model.system import MLSystem, Spec

IMPLICIT = LOCAL
"""The environment of a spec that names none: this machine."""


class Resolved(NamedTuple):
    """A spec in one environment. `system` is None where a diagnostic is an error; `tree` is it in plain values."""

    system: MLSystem | None
    environment_name: str
    environment: Environment | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    tree: Mapping[str, Any] | None = None


def resolve(loaded: Loaded, environment: str | None = None, platform: Loaded | None = None) -> Resolved:
    """Resolve a loaded spec for `environment`; without one, for the default environment or the only one.

    `platform` is what was loaded from the path that `spec.platform` names, relative to the spec.
    """
    tree = loaded.document.tree
    if loaded.system is None or tree is None:
        found = ordered((*loaded.diagnostics, *_besides(loaded, platform, environment)))
        return Resolved(None, environment or "", None, loaded.positions, found)
    chosen = _choose(loaded.system.spec, environment, loaded.positions)
    if isinstance(chosen, Diagnostic):
        found = ordered((*loaded.diagnostics, chosen))
        return Resolved(None, environment or "", None, loaded.positions, found)
    stage = overlaid(Stage(tree, loaded.positions, loaded.diagnostics, loaded.text), chosen)
    stage = joined(stage, loaded.system.spec.platform, platform)
    return _judged(loaded, loaded.system, with_groups(stage, chosen), chosen)


def _choose(spec: Spec, wanted: str | None, positions: Positions) -> str | Diagnostic:
    from trimtab.spec.rules.choices import known_names, unknown

    name = wanted or spec.default_environment
    at: SpecPath = ("spec", "environments") if wanted else ("spec", "defaultEnvironment")
    if name is None and len(spec.environments) > 1:
        message = f"which environment is meant? there are {known_names(spec.environments)}"
        return Diagnostic("TT202", message, positions.key(("spec", "environments")))
    if name is None:
        return next(iter(spec.environments), IMPLICIT)
    if name in spec.environments or (name == IMPLICIT and not spec.environments):
        return name
    message = unknown("environment", name, spec.environments, "environments")
    return Diagnostic("TT202", message, positions.key(at) if wanted else positions.value(at))


def _judged(loaded: Loaded, written: MLSystem, stage: Stage, name: str) -> Resolved:
    """Validate what the stages made, and ask the rules. Where names could not be merged they are not looked up."""
    system, found = written, list(stage.found)
    if stage.tree is not loaded.document.tree:
        made, broken = validate(
            stage.tree, stage.positions, loaded.text, light=loaded.light, made=loaded.made
        )
        system, found = made or written, [*found, *broken]
    environment = system.spec.environments.get(name) or _implicit(loaded)
    if not any(d.is_error and d.code not in ("TT204", "TT319") for d in found):
        from trimtab.spec.rules import Context, judge

        found += judge(Context(system, name, environment, stage.positions, stage.tree, stage.source))
    sound = not any(diagnostic.is_error for diagnostic in found)
    return Resolved(system if sound else None, name, environment, stage.positions, ordered(found), stage.tree)


def _besides(loaded: Loaded, platform: Loaded | None, only: str | None) -> tuple[Diagnostic, ...]:
    """What else is wrong in a spec with errors: names that nothing has, and what stands in overrides, of `only` or of
    each environment. What a platform would give is not known where it can't be read.
    """
    if loaded.document.tree is None or loaded.platform is not None:
        return ()
    path = loaded.platform_path
    if path and (platform is None or platform.platform is None):
        return joined(Stage(loaded.document.tree, loaded.positions, (), loaded.text), path, platform).found
    from trimtab.spec.partial import besides
    from trimtab.spec.rules import Context, judge

    def judged(system: MLSystem, tree: Mapping[str, Any]) -> Iterator[Diagnostic]:
        names = [only] if only and only in system.spec.environments else [*system.spec.environments]
        yield from _of_overrides(Stage(tree, loaded.positions, (), loaded.text), names, light=loaded.light)
        name = system.spec.default_environment or next(iter(system.spec.environments), IMPLICIT)
        stage = with_groups(joined(Stage(tree, loaded.positions, (), loaded.text), path, platform), name)
        whole, _ = validate(stage.tree, stage.positions, loaded.text, light=loaded.light)
        if whole is not None:
            environment = whole.spec.environments.get(name) or _implicit(loaded)
            written = loaded.document.tree
            yield from judge(
                Context(whole, name, environment, stage.positions, stage.tree, stage.source, written)
            )

    return besides(loaded, judged)


def _of_overrides(written: Stage, environments: Iterable[str], *, light: bool) -> Iterator[Diagnostic]:
    made: dict[Any, Any] = {}
    for name in environments:
        stage = overlaid(written, name)
        if stage is not written:
            _, broken = validate(stage.tree, stage.positions, stage.source, light=light, made=made)
            yield from (*stage.found, *broken)


def _implicit(loaded: Loaded) -> Environment:
    """The environment of a spec that has none."""
    if loaded.light:
        from trimtab.spec.shape.build import new

        implicit: Environment = new("Environment")
        return implicit
    from trimtab.spec.model.environments import Environment

    return Environment.model_construct()
