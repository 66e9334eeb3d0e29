"""What an object of `manifests` may not say, because it would not stay as it was written.

Fields that somebody else writes, marks that say whose it is, another namespace, values of secrets, and an end that
would begin it anew. Whether an API server takes the rest is looked at elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.bundle import FieldPath
from trimtab.compiler.pod_templates import TEMPLATES, below
from trimtab.compiler.site import Site

Tree = Mapping[str, Any]

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
SUSPENDS: tuple[tuple[str, ...], ...] = (("spec", "suspend"), ("spec", "runPolicy", "suspend"))
"""Where kinds that a queue admits say that they wait."""
OURS = ("trimtab.dev/", "applyset.kubernetes.io/")
"""How the keys of labels and annotations begin that say whose an object is."""
SERVERS_OWN = (
    *("creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink"),
    "uid",
)


class Fault(NamedTuple):
    """`field` lies below the object."""

    code: str
    message: str
    field: FieldPath


def faults(site: Site, tree: Tree) -> Iterator[Fault]:
    unsaid = list(_identity(tree))
    yield from unsaid
    if unsaid:
        return
    yield from _no_object(tree)
    yield from _written_by_others(tree)
    yield from _elsewhere(site, tree)
    yield from _marks(tree)
    yield from _ends(tree)


def has_identity(tree: Tree) -> bool:
    return next(_identity(tree), None) is None


def queue_of(tree: Tree) -> str:
    return str(below(tree, "metadata", "labels", QUEUE_LABEL) or "")


def group_kind(tree: Tree) -> tuple[str, str]:
    return tree["apiVersion"].rpartition("/")[0], tree["kind"]


def _identity(tree: Tree) -> Iterator[Fault]:
    for field in (("apiVersion",), ("kind",), ("metadata", "name")):
        value = below(tree, *field)
        if not isinstance(value, str) or not value:
            yield Fault("TT406", f"an object has its `{'.'.join(field)}`, a text", field)


def _no_object(tree: Tree) -> Iterator[Fault]:
    group, kind = group_kind(tree)
    if (group, kind) == ("", "Secret"):
        message = (
            "a spec holds no Secret, which git would show to everybody: `security.secrets` says where it is"
        )
        yield Fault("TT410", message, ("kind",))
    elif group == "trimtab.dev" or kind == "List":
        yield Fault("TT410", f"`{kind}` is none of the objects that `manifests` can hold", ("kind",))


def _written_by_others(tree: Tree) -> Iterator[Fault]:
    if "status" in tree:
        yield Fault("TT410", "`status` is written by its controller: leave it out", ("status",))
    for key in SERVERS_OWN:
        if key in tree["metadata"]:
            yield Fault("TT410", f"`{key}` is written by the API server: leave it out", ("metadata", key))


def _elsewhere(site: Site, tree: Tree) -> Iterator[Fault]:
    namespace = tree["metadata"].get("namespace", site.namespace)
    if namespace != site.namespace:
        message = f"what is part of a system lies in its namespace, `{site.namespace}`, not in `{namespace}`"
        yield Fault("TT410", message, ("metadata", "namespace"))


def _marks(tree: Tree) -> Iterator[Fault]:
    template = TEMPLATES.get(group_kind(tree))
    for place in (("metadata",), *([(*template, "metadata")] if template else [])):
        for section in ("labels", "annotations"):
            marks = below(tree, *map(str, place), section)
            for key in marks if isinstance(marks, Mapping) else ():
                if key.startswith(OURS):
                    here = (*place, section, key)
                    yield Fault(
                        "TT410", f"`{key}` says whose it is, and is written by Trimtab: leave it out", here
                    )


def _ends(tree: Tree) -> Iterator[Fault]:
    """An object is there as long as the spec names it."""
    if below(tree, "spec", "ttlSecondsAfterFinished") is not None:
        message = "what deletes itself would be made, and run, again: leave `ttlSecondsAfterFinished` out"
        yield Fault("TT410", message, ("spec", "ttlSecondsAfterFinished"))
    for field in SUSPENDS if queue_of(tree) else ():
        if below(tree, *field) is False:
            message = f"the queue `{queue_of(tree)}` says when it starts: leave `suspend` out"
            yield Fault("TT410", message, field)
