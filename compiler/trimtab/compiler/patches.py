"""The `patches` section: changes to compiled objects, and to those of `manifests`, in the order of their names.

What a patch changes of a run's workload is part of the run's recipe, save for what only says where, when and how often
it runs. Names, and the marks by which Trimtab knows its own, are not for a patch to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.compiler.bundle import FieldPath, Manifest, Run
from trimtab.compiler.canonical import digest
from trimtab.compiler.own_object_rules import OURS
from trimtab.compiler.part import Part
from trimtab.compiler.patching import CannotPatch, merged, operated, pointer
from trimtab.compiler.pod_templates import TEMPLATES, below
from trimtab.compiler.site import SPEC, Site
from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.choices import unknown

if TYPE_CHECKING:
    from trimtab.spec.model.escape import Patch

PATCHES: SpecPath = (*SPEC, "patches")
LOOKUP_SUFFIX = "-lookup"

_JOB = (
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "podFailurePolicy",
)
_POD = (
    *(
        "activeDeadlineSeconds",
        "affinity",
        "imagePullSecrets",
        "nodeName",
        "nodeSelector",
        "preemptionPolicy",
    ),
    *("priority", "priorityClassName", "schedulerName", "schedulingGates", "terminationGracePeriodSeconds"),
    *("tolerations", "topologySpreadConstraints"),
)
_TEMPLATE = ("spec", "template")
PLACEMENT: frozenset[tuple[str, ...]] = frozenset(
    {
        ("metadata",),
        *(("spec", field) for field in (*_JOB, "podReplacementPolicy", "suspend")),
        (*_TEMPLATE, "metadata"),
        *((*_TEMPLATE, "spec", field) for field in _POD),
    }
)
"""Fields of a Job that say where, when and how often it runs. What is not known to be one may change its result."""


class _Named(NamedTuple):
    """An object, and the name by which a patch knows it: that of a run, where the ledger gives its own."""

    manifest: Manifest
    name: str


def with_patches(site: Site, part: Part) -> Part:
    """The same objects and runs, changed."""
    for name, patch in sorted(site.spec.patches.items()):
        before = part
        part = _patched(site, part, name, patch)
        if not any(_is_for(patch, each) for each in _all(before)):
            _matches_nothing(site, before, name, patch)
    return part


def _all(part: Part) -> Iterator[_Named]:
    yield from (_Named(manifest, manifest.ref.name) for manifest in part.objects)
    for run in part.runs:
        yield from (_Named(manifest, run.name) for manifest in run.workload)
        yield _Named(run.lookup, run.name + LOOKUP_SUFFIX)


def _is_for(patch: Patch, each: _Named) -> bool:
    return patch.target.kind == each.manifest.ref.kind and patch.target.name in (None, each.name)


def _matches_nothing(site: Site, part: Part, name: str, patch: Patch) -> None:
    kind, wanted = patch.target.kind, patch.target.name
    names = {each.name for each in _all(part) if each.manifest.ref.kind == kind}
    if names:
        why = unknown(kind, wanted or "", names, "this system")
    else:
        why = unknown("kind", kind, {each.manifest.ref.kind for each in _all(part)}, "this system")
    site.findings.add("TT411", f"the patch `{name}` is for nothing: {why}", (*PATCHES, name, "target"))


def _patched(site: Site, part: Part, name: str, patch: Patch) -> Part:
    objects = tuple(_object(site, name, patch, _Named(each, each.ref.name)) for each in part.objects)
    return part._replace(objects=objects, runs=tuple(_run(site, name, patch, run) for run in part.runs))


def _run(site: Site, name: str, patch: Patch, run: Run) -> Run:
    workload = tuple(_object(site, name, patch, _Named(each, run.name)) for each in run.workload)
    lookup = _object(site, name, patch, _Named(run.lookup, run.name + LOOKUP_SUFFIX))
    changed = replace(run, workload=workload, lookup=lookup)
    if workload[-1] is run.workload[-1]:
        return changed
    result, placement = _split(patch)
    if result:
        recipe = {**run.recipe, "patches": [*run.recipe.get("patches", ()), *result]}
        changed = replace(changed, recipe=recipe, recipe_digest=digest(recipe))
    if placement:
        changed = replace(changed, exec_digest=digest([run.exec_digest, placement]))
    return changed


def _object(site: Site, name: str, patch: Patch, each: _Named) -> Manifest:
    if not _is_for(patch, each):
        return each.manifest
    at = (*PATCHES, name)
    try:
        if patch.merge is not None:
            after = merged(each.manifest, patch.merge, (*at, "merge"))
        else:
            after = operated(each.manifest, patch.json_ or (), (*at, "json"))
    except CannotPatch as error:
        message = f"the patch `{name}` does not fit {each.manifest.ref.kind}/{each.name}: {error}"
        site.findings.add("TT411", message, (*at, "json", error.index))
        return each.manifest
    refusal = next(_refusals(each.manifest, after), None)
    if refusal is None:
        return after
    field, why = refusal
    place = after.origin(field) if after.origin(field)[: len(at)] == at else at
    site.findings.add("TT411", f"the patch `{name}` can't change `{'.'.join(map(str, field))}`: {why}", place)
    return each.manifest


def _refusals(before: Manifest, after: Manifest) -> Iterator[tuple[FieldPath, str]]:
    for identity in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
        if below(before.body, *identity) != below(after.body, *identity):
            yield identity, "an object of another name is another object"
    template = TEMPLATES.get((before.ref.api_version.rpartition("/")[0], before.ref.kind))
    for place in (("metadata",), *([(*template, "metadata")] if template else [])):
        for section in ("labels", "annotations"):
            here = (*map(str, place), section)
            for key in _different(below(before.body, *here), below(after.body, *here)):
                yield (*here, key), "it is what Trimtab knows its own by"
    for field, owner in before.owners.items():
        if below(after.body, *map(str, field)) is not None:
            yield field, f"{owner.name} writes it"
    if before.body.get("immutable"):
        for section in ("data", "binaryData", "immutable"):
            if before.body.get(section) != after.body.get(section):
                yield (section,), "the object is named by what it holds"
    if below(after.body, "spec", "ttlSecondsAfterFinished") is not None:
        yield ("spec", "ttlSecondsAfterFinished"), "what has ended is deleted once its end is recorded"


def _different(before: Any, after: Any) -> Iterator[str]:
    """Keys of ours that are not as they were."""
    old, new = (each if isinstance(each, Mapping) else {} for each in (before, after))
    return (key for key in (*old, *new) if key.startswith(OURS) and old.get(key) != new.get(key))


def _split(patch: Patch) -> tuple[list[Any], list[Any]]:
    """What of it may change a run's result, and what only places it; each as JSON."""
    if patch.merge is not None:
        result = _without_placement(patch.merge, ())
        return ([result] if result else []), ([] if result == patch.merge else [dict(patch.merge)])
    operations = [dict(each) for each in patch.json_ or () if each.get("op") != "test"]
    placing = [each for each in operations if _places(each)]
    return [each for each in operations if each not in placing], placing


def _without_placement(tree: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    kept = {}
    for key, value in tree.items():
        here = (*place, key)
        if here in PLACEMENT:
            continue
        holds = isinstance(value, Mapping) and any(each[: len(here)] == here for each in PLACEMENT)
        kept_here = _without_placement(value, here) if holds else value
        if kept_here or not holds:
            kept[key] = kept_here
    return kept


def _places(operation: Mapping[str, Any]) -> bool:
    paths = [pointer(operation[key]) for key in ("path", "from") if key in operation]
    return all(any(path[: len(each)] == each for each in PLACEMENT) for path in paths)
