"""Finds the place in the text of each error that pydantic reports.

pydantic's `loc` is not a path of the text: a shorthand adds parts that nobody wrote, a bad key ends in `[key]`. It is
walked along the tree, and what is not there is dropped. Some errors are echoes of others; they are dropped too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from pydantic import ValidationError


class Finding(NamedTuple):
    """One of pydantic's errors, at its place in the tree.

    `missing` are keys that are not there; `at_key` says that the key is wrong and not its value; `derived` that the
    value was not written but made from another.
    """

    kind: str
    path: SpecPath
    given: Any
    context: Mapping[str, Any]
    missing: tuple[str, ...] = ()
    at_key: bool = False
    derived: bool = False


def located(error: ValidationError, tree: Any) -> list[Finding]:
    """Everything that `error` holds, in the order of the text's tree, each thing once."""
    found = [_located(e, tree) for e in error.errors(include_url=False)]
    return [finding for finding in found if not _is_echo(finding, found)]


def together(findings: Iterable[Finding]) -> Iterable[Finding]:
    """What one mapping lacks is one finding, though each of its keys is an error to pydantic."""
    kept: dict[object, Finding] = {}
    for number, finding in enumerate(findings):
        key = finding.path if finding.missing else number
        before = kept.get(key)
        kept[key] = finding._replace(missing=(*before.missing, *finding.missing)) if before else finding
    return kept.values()


def _located(error: Mapping[str, Any], tree: Any) -> Finding:
    kind, loc = error["type"], error["loc"]
    missing = (str(loc[-1]),) if kind == "missing" else ()
    at_key = bool(loc) and loc[-1] == "[key]"
    path, derived = _path(loc[:-1] if missing or at_key else loc, tree)
    return Finding(kind, path, error["input"], error.get("ctx", {}), missing, at_key, derived)


def _path(loc: Iterable[str | int], tree: Any) -> tuple[SpecPath, bool]:
    """The parts of `loc` that exist in the tree, and whether a key of a written mapping is not among them."""
    path: list[str | int] = []
    derived = False
    for part in loc:
        if (isinstance(tree, Mapping) and part in tree) or _is_item(tree, part):
            path.append(part)
            tree = tree[part]
        else:
            derived = derived or isinstance(tree, Mapping)
    return tuple(path), derived


def _is_item(tree: Any, part: str | int) -> bool:
    return isinstance(tree, (list, tuple)) and isinstance(part, int) and part < len(tree)


def _is_echo(finding: Finding, found: list[Finding]) -> bool:
    """A list counts only its good items, so a bad one may make it "too short"; a bad value spoils what it is made into."""
    if finding.kind in ("too_short", "too_long"):
        depth = len(finding.path)
        return any(len(o.path) > depth and o.path[:depth] == finding.path for o in found)
    return finding.derived and any(
        o.kind == finding.kind and o.given == finding.given and not o.derived for o in found
    )
