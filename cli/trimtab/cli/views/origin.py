"""Where a field of a manifest comes from: the line of the spec, and who else writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from trimtab.cli import fields
from trimtab.cli.complaint import Complaint
from trimtab.compiler.bundle import Bundle, FieldPath, Manifest
from trimtab.spec.positions import Positions, Span, SpecPath


@dataclass(frozen=True, slots=True)
class Origin:
    """`owner` is empty where the field is ours; else it names the writer, and the place is the line that says so."""

    object: str
    field: str
    spec_path: str
    file: str
    line: int
    column: int
    owner: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def origin(bundle: Bundle, positions: Positions, name: str, field: str) -> tuple[Origin, Span]:
    node, manifest = _find(bundle, name)
    path = fields.find(manifest.body, fields.parse(field))
    owner = _owner(manifest, fields.parse(field))
    if path is None and owner is None:
        raise Complaint(
            f"{node} has no field {field}", f"trimtab why {name} names the fields it has: {_top(manifest)}"
        )
    at = owner[1] if owner else manifest.origin(path or ())
    span = positions.key(at)
    found = Origin(node, field, _shown(at), span.file, span.line, span.column, owner[0] if owner else "")
    return found, span


def _owner(manifest: Manifest, path: FieldPath) -> tuple[str, SpecPath] | None:
    for length in range(len(path), 0, -1):
        owner = manifest.owners.get(path[:length])
        if owner is not None:
            return owner.name, owner.at
    return None


def _find(bundle: Bundle, name: str) -> tuple[str, Manifest]:
    """By kind and name as kubectl takes them; a run's own objects by the name of the run."""
    known = dict(_named(bundle))
    by_lower = {node.lower(): node for node in known}
    kind, _, rest = name.lower().partition("/")
    for wanted in (name.lower(), f"{kind.removesuffix('s')}/{rest}"):
        if wanted in by_lower:
            node = by_lower[wanted]
            return node, known[node]
    close = get_close_matches(name.lower(), by_lower, n=3)
    meant = " or ".join(by_lower[c] for c in close) or ", ".join(known)
    raise Complaint(f"the spec makes no object {name}", f"trimtab why {meant}")


def _named(bundle: Bundle) -> Iterator[tuple[str, Manifest]]:
    for manifest in bundle.manifests:
        yield manifest.node, manifest
    for run in bundle.runs:
        for manifest in run.workload:
            yield f"{manifest.ref.kind}/{run.name}", manifest


def _top(manifest: Manifest) -> str:
    return ", ".join(str(name) for name in manifest.body)


def _shown(path: SpecPath) -> str:
    return ".".join(str(part) for part in path) or "the whole spec"
