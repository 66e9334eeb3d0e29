"""The `manifests` section: whole objects of the user's own, applied, healed and pruned with the rest.

They are taken as they are written, with the system's label, those of the spec's own metadata and, where none is said,
the system's namespace: what an object is called and part of is for its author to say. Pods of Kubernetes' own kinds
carry the system's label too, so that its policies close them and their state is watched; what stands in the templates
of other kinds is not touched, for their definitions may know no labels there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.compiler.bundle import FieldPath, Manifest, Owner
from trimtab.compiler.capabilities import LOCAL_KINDS
from trimtab.compiler.naming import SYSTEM_LABEL
from trimtab.compiler.own_object_rules import SUSPENDS, Fault, faults, group_kind, has_identity, queue_of
from trimtab.compiler.pod_templates import TEMPLATES, below
from trimtab.compiler.scaled_objects import scaled_twice
from trimtab.compiler.scope import DEFINITION, Scopes, is_namespaced
from trimtab.compiler.site import METADATA, SPEC, Site
from trimtab.compiler.tree import At, plain, ref_of
from trimtab.compiler.verbatim import Given, Verbatim
from trimtab.spec.positions import SpecPath

MANIFESTS: SpecPath = (*SPEC, "manifests")


def own_objects(site: Site) -> tuple[Manifest, ...]:
    """In the order of their names in the spec."""
    written = sorted(site.spec.manifests.items())
    known = {name: tree for name, tree in written if has_identity(tree)}
    scaled = dict(scaled_twice(known))
    for name, tree in written:
        found = list(faults(site, tree)) or list(_unknown_here(site, name, tree))
        for code, message, place in (*found, *([scaled[name]] if name in scaled else [])):
            site.findings.add(code, message, (*MANIFESTS, name, *place))
    scopes = dict(_defined(known.values()))
    return tuple(_manifest(site, name, tree, scopes) for name, tree in known.items())


def refuse_collisions(site: Site, compiled: Iterable[Manifest], own: Iterable[Manifest]) -> None:
    """Kind and name are what people know an object by, even where two groups have such a kind."""
    taken = {manifest.node: manifest for manifest in compiled}
    for manifest in own:
        first = taken.setdefault(manifest.node, manifest)
        if first is not manifest:
            message = f"this is {manifest.node}, and so is another object of the system: rename it"
            site.findings.add("TT402", message, manifest.origin(()), ("the other is here", first.origin(())))


def _unknown_here(site: Site, name: str, tree: Mapping[str, Any]) -> Iterator[Fault]:
    kind, api_version = tree["kind"], tree["apiVersion"]
    if site.capabilities.is_local and kind not in LOCAL_KINDS.get(api_version, "").split():
        without = f"`overrides: {{manifests: {{{name}: null}}}}`"
        message = f"this machine knows no `{kind}` of `{api_version}`: leave it out here with {without}"
        yield Fault("TT408", message, ())


def _defined(trees: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], bool]]:
    """What definitions of the spec's own say of the kinds they bring."""
    for tree in trees:
        if tree["kind"] == DEFINITION:
            group, kind = below(tree, "spec", "group"), below(tree, "spec", "names", "kind")
            yield (str(group), str(kind)), below(tree, "spec", "scope") != "Cluster"


def _manifest(site: Site, name: str, tree: Mapping[str, Any], scopes: Scopes) -> Manifest:
    here = (*MANIFESTS, name)
    draft = _Draft(here, _without_null(tree))
    _place(site, draft, scopes)
    for label, value in {**site.own_labels(), SYSTEM_LABEL: site.system}.items():
        draft.give(("metadata", "labels", label), value)
    for annotation, value in (site.annotations({}) or {}).items():
        draft.give(("metadata", "annotations", annotation), value)
    template = TEMPLATES.get(group_kind(tree))
    if template and isinstance(below(tree, *map(str, template)), Mapping):
        draft.give((*template, "metadata", "labels", SYSTEM_LABEL), site.system)
    if queue := queue_of(tree):
        draft.leave_to(f"queue {queue}", SUSPENDS)
    return Manifest(ref_of(draft.body), draft.body, draft.lines(), draft.owners)


def _place(site: Site, draft: _Draft, scopes: Scopes) -> None:
    body = draft.body
    if is_namespaced(body["apiVersion"], body["kind"], site.capabilities.facts, scopes):
        draft.give(("metadata", "namespace"), At(site.namespace, (*METADATA, "namespace")))
        body["metadata"] = {key: body["metadata"][key] for key in _known_first(body["metadata"])}
    elif "namespace" in body["metadata"]:
        place = (*draft.at, "metadata", "namespace")
        site.findings.add("TT406", f"`{body['kind']}` is in no namespace: leave it out", place)


def _known_first(metadata: Mapping[str, Any]) -> Iterable[str]:
    """As people expect them: who it is, then what is said of it."""
    return dict.fromkeys(("name", "namespace", *metadata))


@dataclass(slots=True)
class _Draft:
    """An object in the making: what is written is never written over."""

    at: SpecPath
    body: dict[str, Any]
    owners: dict[FieldPath, Owner] = field(default_factory=dict)
    whole: set[FieldPath] = field(default_factory=set)
    elsewhere: dict[FieldPath, SpecPath] = field(default_factory=dict)
    made: set[FieldPath] = field(default_factory=set)

    def give(self, place: FieldPath, value: Any) -> None:
        holder: Any = self.body
        for depth, key in enumerate(place[:-1], 1):
            if isinstance(holder, dict) and key not in holder:
                holder[key] = {}
                self.made.add(place[:depth])
            holder = holder[key] if isinstance(holder, dict) else None
        if isinstance(holder, dict) and place[-1] not in holder:
            holder[place[-1]] = plain(value)
            if isinstance(value, At):
                self.elsewhere[place] = value.path
            else:
                self.whole.add(place)

    def leave_to(self, owner: str, fields: Iterable[tuple[str, ...]]) -> None:
        """What an owner writes is not sent."""
        for place in fields:
            holder = below(self.body, *place[:-1])
            if isinstance(holder, dict) and place[-1] in holder:
                del holder[place[-1]]
                self.owners[place] = Owner(owner, (*self.at, *place))

    def lines(self) -> Verbatim:
        given = Given(frozenset(self.whole), frozenset(self.elsewhere.items()), frozenset(self.made))
        return Verbatim(self.body, self.at, given)


def _without_null(value: Any) -> Any:
    """An API server takes what is null for what is left out."""
    if isinstance(value, Mapping):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    return [_without_null(item) for item in value] if isinstance(value, list | tuple) else value
