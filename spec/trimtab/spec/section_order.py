"""Puts the sections of a spec into the order of the language. Whole blocks of lines move, comments with them.

Left alone: a text with anchors (an alias must stay below its anchor), sections in flow style, the order of anything
deeper (names are the author's to order).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from trimtab.spec.positions import Span, SpecPath
from trimtab.spec.yaml_reader import Document, read

ROOT = ("apiVersion", "kind", "metadata", "spec")
SPEC = (
    "platform", "data", "compute", "training", "deployment", "security", "monitoring",
    "manifests", "patches", "clusters", "defaultEnvironment", "environments",
)  # fmt: skip
"""Written out, since asking the model would cost a formatter its start."""


def in_order(text: str, file: str) -> str:
    """`text`, already laid out, with its sections in order."""
    text = _ordered(text, file, (), ROOT)
    return _ordered(text, file, ("spec",), SPEC)


class _Block(NamedTuple):
    """A key's lines with the comments right above it, and whether a blank line sets it apart."""

    key: str
    lines: list[str]
    apart: bool


def _ordered(text: str, file: str, path: SpecPath, order: Sequence[str]) -> str:
    document = read(text, file)
    lines = text.splitlines(keepends=True)
    keys = _block_keys(document, path, lines)
    wanted = sorted(keys, key=lambda key: order.index(key) if key in order else len(order))
    if document.anchored or wanted == keys:
        return text
    start, end = _extent(document, path, keys[0], lines)
    blocks = _blocks(document, path, keys, lines, start, end)
    return "".join([*lines[:start], *_joined([blocks[key] for key in wanted], blocks[keys[0]]), *lines[end:]])


def _block_keys(document: Document, path: SpecPath, lines: list[str]) -> list[str]:
    """The keys of the mapping at `path`; none unless each begins a line and has its colon there."""
    tree: Any = document.tree
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    if not isinstance(tree, dict):
        return []
    spans = [document.positions.key((*path, key)) for key in tree]
    return list(tree) if all(_begins_line(span, lines[span.line - 1]) for span in spans) else []


def _begins_line(key: Span, line: str) -> bool:
    return not line[: key.column - 1].strip() and line[key.end_column - 1 :].lstrip().startswith(":")


def _extent(document: Document, path: SpecPath, first: str, lines: list[str]) -> tuple[int, int]:
    """The lines that may move. A comment at the top of the file is the file's, not its first key's."""
    start = document.positions.key((*path, first)).line - 1
    value = document.positions.value(path)
    end = value.end_line - (value.end_column == 1)
    return (start if not path else _with_comments(lines, start)), end


def _with_comments(lines: list[str], line: int) -> int:
    """The first of the comment lines right above `line` that begin where it does."""
    column = len(lines[line]) - len(lines[line].lstrip())
    while line > 0 and lines[line - 1].startswith(" " * column + "#"):
        line -= 1
    return line


def _blocks(
    document: Document, path: SpecPath, keys: list[str], lines: list[str], start: int, end: int
) -> dict[str, _Block]:
    tops = [document.positions.key((*path, key)).line - 1 for key in keys]
    starts = [start, *(_with_comments(lines, top) for top in tops[1:])]
    blocks = {}
    for key, first, stop in zip(keys, starts, [*starts[1:], end], strict=True):
        apart = first > start and not lines[first - 1].strip()
        blocks[key] = _Block(key, _without_blank_end(lines[first:stop]), apart)
    return blocks


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _joined(blocks: list[_Block], was_first: _Block) -> list[str]:
    """The blocks one below the other. Who was first takes the blank line of who is."""
    result: list[str] = []
    for block in blocks:
        apart = blocks[0].apart if block is was_first else block.apart
        result += ["\n", *block.lines] if result and apart else block.lines
    return result
