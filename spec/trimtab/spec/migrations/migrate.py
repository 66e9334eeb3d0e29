"""Brings the text of a spec to the current version of the language. Comments, order and layout stay.

Nothing is opened and nothing is compiled here: that the manifests stay the same is for the caller to prove, with the
two texts that a `Migrated` holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.spec.diagnostic import Diagnostic, Edit
from trimtab.spec.fixes import apply_edits
from trimtab.spec.migrations.step import Step
from trimtab.spec.migrations.v1beta1 import TO_V1
from trimtab.spec.migrations.versions import version_of
from trimtab.spec.positions import SpecPath
from trimtab.spec.text_lines import text_at
from trimtab.spec.validation import PLATFORM
from trimtab.spec.yaml_reader import Document, read

STEPS = (TO_V1,)


@dataclass(frozen=True, slots=True)
class Migrated:
    """`text` is the spec in version `target`; `meant` says in that version what it said before, without its layout."""

    source: str
    target: str
    text: str
    meant: str
    is_platform: bool = False


def migrate_text(
    text: str, file: str, steps: Sequence[Step] = STEPS
) -> Migrated | tuple[Diagnostic, ...] | None:
    """The spec in the current version; None where there is nothing to do, else what stands in the way.

    Spans are those of the text in the version in which it can't be read, or in which the next step fails.
    """
    document = read(text, file)
    first, tree = version_of(document), document.tree
    if tree is None:
        return document.diagnostics
    while step := _step_from(document, steps):
        if errors := _errors(document):
            return errors
        edits = [_within_quotes(edit, text) for edit in step.edits(document)]
        text, tree = apply_edits(text, edits), step.tree(tree)
        document = read(text, file)
        if not _errors(document) and document.tree != tree:
            return (_not_alike(tree, document),)
    if first is None or version_of(document) == first:
        return None
    target, is_platform = str(tree["apiVersion"]), tree.get("kind") == PLATFORM
    return _errors(document) or Migrated(first, target, text, _plain(tree), is_platform)


def _within_quotes(edit: Edit, text: str) -> Edit:
    """The quotes around a name are its author's: they stay."""
    span = edit.span
    if text_at(text, span)[0] not in "'\"":
        return edit
    return Edit(span._replace(column=span.column + 1, end_column=span.end_column - 1), edit.text)


def _step_from(document: Document, steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if step.source == version_of(document)), None)


def _plain(tree: Mapping[str, Any]) -> str:
    """A tree as YAML: JSON, without the characters that JSON takes as they are and YAML does not."""
    text = json.dumps(tree, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _errors(document: Document) -> tuple[Diagnostic, ...]:
    return tuple(d for d in document.diagnostics if d.is_error)


def _not_alike(meant: Any, document: Document) -> Diagnostic:
    """The text says something else than what is meant where an alias brings a key to a place that calls it differently."""
    at = _parting(meant, document.tree)
    message = "what this alias brings in is called otherwise where it is written; write it out in both places"
    return Diagnostic("TT115", message, document.positions.value(at))


def _parting(left: Any, right: Any) -> SpecPath:
    """Where two trees begin to differ."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        pairs = [(key, left[key], right[key]) for key in left]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = list(zip(range(len(left)), left, right, strict=True))
    else:
        return ()
    return next(((key, *_parting(a, b)) for key, a, b in pairs if a != b), ())
