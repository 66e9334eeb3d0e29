"""From `Loaded` to `Resolved`: one environment chosen, its overrides merged, references and rules checked.

Everything is a pure function of the loaded spec and the name of an environment; whatever is wrong comes back as
diagnostics, with the spans of the override where an override is to blame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trimtab.spec.diagnostic import Diagnostic, Severity, ordered
from trimtab.spec.load import Loaded
from trimtab.spec.positions import Positions, SpecPath
from trimtab.spec.shape.facts import LOCAL
from trimtab.spec.validation import validate

if TYPE_CHECKING:
    from trimtab.spec.model.environments import Environment
    from trimtab.spec.model.system import MLSystem, Spec

IMPLICIT = LOCAL
"""The environment of a spec that names none: this machine."""
FIXED = ("environments", "defaultEnvironment", "platform")
"""Keys that an override may not touch: they decide what is merged."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A spec in one environment. `system` is None where a diagnostic is an error; `tree` is it in plain values."""

    system: MLSystem | None
    environment_name: str
    environment: Environment | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    tree: Mapping[str, Any] | None = None


def resolve(loaded: Loaded, environment: str | None = None) -> Resolved:
    """Resolve a loaded spec for `environment`; without one, for the default environment or the only one."""
    tree = loaded.document.tree
    if loaded.system is None or tree is None:
        return Resolved(None, environment or "", None, loaded.positions, loaded.diagnostics)
    chosen = _choose(loaded.system.spec, environment, loaded.positions)
    if isinstance(chosen, Diagnostic):
        found = ordered((*loaded.diagnostics, chosen))
        return Resolved(None, environment or "", None, loaded.positions, found)
    return _resolved(loaded, loaded.system, tree, chosen)


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


def _resolved(loaded: Loaded, system: MLSystem, tree: Mapping[str, Any], name: str) -> Resolved:
    environment = system.spec.environments.get(name) or _implicit(loaded)
    positions, found = loaded.positions, list(loaded.diagnostics)
    if environment.overrides:
        tree, positions, merged_system, findings = _overlaid(loaded, tree, name)
        found += findings
        if merged_system is None:
            return Resolved(None, name, environment, positions, ordered(found))
        system = merged_system
    found += _judged(system, name, environment, positions, tree)
    broken = any(diagnostic.is_error for diagnostic in found)
    return Resolved(None if broken else system, name, environment, positions, ordered(found), tree)


def _overlaid(
    loaded: Loaded, tree: Mapping[str, Any], name: str
) -> tuple[Mapping[str, Any], Positions, MLSystem | None, list[Diagnostic]]:
    from trimtab.spec.overlay import laid_over, merge
    from trimtab.spec.shape.places import SPEC

    at: SpecPath = ("spec", "environments", name, "overrides")
    overrides = tree["spec"]["environments"][name]["overrides"]
    fixed = [
        Diagnostic("TT204", f"`{key}` cannot be overridden", loaded.positions.key((*at, key)))
        for key in FIXED
        if key in overrides
    ]
    allowed = {key: value for key, value in overrides.items() if key not in FIXED}
    merged = merge(tree["spec"], allowed, SPEC, ("spec",))
    idle = [_idle(path, at, loaded.positions) for path in merged.idle if allowed or not fixed]
    positions = laid_over(loaded.positions, merged, at, ("spec",))
    whole = {**tree, "spec": merged.tree}
    system, broken = validate(whole, positions, loaded.text, light=loaded.light)
    return whole, positions, system, [*fixed, *idle, *broken]


def _idle(path: SpecPath, overrides_at: SpecPath, positions: Positions) -> Diagnostic:
    written = (*overrides_at, *path[1:])
    where = ".".join(map(str, path[1:]))
    message = f"this override changes nothing: `{where}` is already so"
    return Diagnostic("TT203", message, positions.key(written), Severity.WARNING)


def _implicit(loaded: Loaded) -> Environment:
    """The environment of a spec that has none."""
    if loaded.light:
        from trimtab.spec.shape.build import new

        implicit: Environment = new("Environment")
        return implicit
    from trimtab.spec.model.environments import Environment

    return Environment.model_construct()


def _judged(
    system: MLSystem, name: str, environment: Environment, positions: Positions, tree: Mapping[str, Any]
) -> list[Diagnostic]:
    from trimtab.spec.rules import Context, judge

    return list(judge(Context(system, name, environment, positions, tree)))
