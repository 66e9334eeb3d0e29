"""`read`: plain values, exact positions, hostile text within bounds."""

from __future__ import annotations

import time
import tracemalloc
from itertools import chain
from pathlib import Path

import pytest

from trimtab.spec.positions import SpecPath
from trimtab.spec.text_lines import text_at
from trimtab.spec.yaml_builder import MAX_ALIASED_NODES, MAX_DEPTH, MAX_NODES
from trimtab.spec.yaml_reader import Document, read
from trimtab.spec.yaml_text import MAX_CHARACTERS

ROOT = Path(__file__).parents[3]
SECONDS = 5
"""Far more than any of these takes; far less than an attack would."""
MEGABYTES = 60


def document(text: str) -> Document:
    return read(text, "x.yaml")


def codes(text: str) -> list[str]:
    return [d.code for d in document(text).diagnostics]


def where(text: str, *path: str | int) -> tuple[str, str]:
    """The text of the key and of the value at `path`."""
    entry = document(text).positions.get(path)
    assert entry is not None
    return (text_at(text, entry.key) if entry.key else "", text_at(text, entry.value))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("yes", "yes"), ("y", "y"),
        ("0", 0), ("-17", -17), ("+5", 5), ("0o17", 15), ("0x1f", 31), ("0b1", "0b1"), ("1_0", "1_0"),
        ("1.10", 1.1), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("1234e56", 1234e56), ("1.2.3", "1.2.3"),
        ("22:30", "22:30"), ("2026-11-23", "2026-11-23"), ("10m", "10m"), ("'1'", "1"), ('"no"', "no"),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    tree = document(f"a: {written}\n").tree
    assert tree is not None
    assert tree["a"] == value
    assert type(tree["a"]) is type(value)


def test_positions_are_of_the_text_of_each_key_and_value() -> None:
    text = "a:\n  b: [1, {c: 'two'}]  # x\n  d: |\n    text\n"
    assert where(text, "a", "b") == ("b", "[1, {c: 'two'}]")
    assert where(text, "a", "b", 1, "c") == ("c", "'two'")
    assert where(text, "a", "b", 0) == ("", "1")
    assert where(text, "a")[0] == "a"
    assert where(text, "a", "d")[1].startswith("|\n    text")


def test_a_block_mapping_ends_where_its_last_value_does() -> None:
    text = "a:\n  b: 1  # x\n\n\nc: 2\n"
    assert where(text, "a")[1] == "b: 1"


def test_an_empty_value_stands_behind_its_colon() -> None:
    entry = document("a:\nb: 1\n").positions.get(("a",))
    assert entry is not None
    assert entry.value[1:] == (1, 3, 1, 3)


def test_an_anchor_is_no_part_of_its_value() -> None:
    assert where("a: &x [1]\n", "a") == ("a", "[1]")
    assert where("a: &x\n  b: 1\n", "a")[1] == "b: 1"


def test_a_byte_order_mark_shifts_nothing() -> None:
    entry = document("\ufeffa: &x [1]\n").positions.get(("a",))
    assert entry is not None
    assert entry.value[1:] == (1, 7, 1, 10)


def test_an_alias_is_found_where_it_is_used_and_tells_where_it_was_written() -> None:
    text = "a: &x {b: [1]}\nc: *x\n"
    found = document(text)
    assert found.tree == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert where(text, "c", "b", 0)[1] == "*x"
    assert text_at(text, found.anchored["c", "b", 0]) == "1"


def test_an_alias_of_an_alias_tells_where_the_value_was_written() -> None:
    text = "a: &x {b: 1}\nc: &y {d: *x}\ne: *y\n"
    assert text_at(text, document(text).anchored["e", "d", "b"]) == "1"


def test_a_repeated_key_keeps_its_first_value_and_position() -> None:
    text = "a: 1\na: {b: 2}\n"
    assert document(text).tree == {"a": 1}
    assert where(text, "a") == ("a", "1")
    assert ("a", "b") not in document(text).positions


def test_what_was_refused_is_named() -> None:
    found = document("a: 0755\n1: x\nb: *y\n")
    expected: set[SpecPath] = {("a",), ("1",), ("b",)}
    assert found.rejected == expected


def test_without_a_tree_the_root_still_has_a_place() -> None:
    found = document("a: [")
    assert found.tree is None
    assert str(found.positions.value(("spec", "data"))) == "x.yaml:1:1"


# ── bounds ──

BOMB = "l0: &l0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9)
)
HOSTILE = {
    "alias bomb": (BOMB, "TT023"),
    "flow depth": ("a: " + "[" * 200_000, "TT024"),
    "mapping depth": ("a: " + "{a: " * 200_000, "TT024"),
    "block depth": ("- " * 400_000, "TT024"),
    "nodes": ("a: [" + "1," * (MAX_NODES + 1) + "]", "TT003"),
    "length": ("a: " + "x" * MAX_CHARACTERS, "TT003"),
    "anchored nodes": ("".join(f"- &a{n} [1]\n" for n in range(20_000)), "TT018"),
    "nested anchors": ("a: " + "".join(f"&a{n} [" for n in range(60)) + "1," * 40_000 + "]" * 60, ""),
    "a long line": ("a: '" + "x " * 450_000 + "'", ""),
    "a long key": ("? " + "k" * 900_000 + "\n: 1", ""),
    "a long number": ("a: " + "9" * 900_000, "TT020"),
    "a long fraction": ("a: 1." + "9" * 900_000, ""),
    "a long hexadecimal": ("a: 0x" + "f" * 900_000, "TT020"),
    "many repeated keys": ("a: 1\n" * 20_000, "TT012"),
    "many controls": ("\x01\n" * 400_000, "TT002"),
    "many bytes that are no text": ("\udcff" * 900_000, "TT001"),
    "an open quote": ("a: '" + "\n" * 900_000, "TT009"),
    "many colons": ("a: " + "b: " * 300_000, "TT010"),
    "indentation": ("a:\n" + " " * 900_000 + "b: 1", ""),
    "comments": ("#\n" * 450_000 + "a: 1", ""),
    "backslashes": ('a: "' + "\\\\" * 400_000 + '"', ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_bounded_time_and_memory(name: str) -> None:
    text, code = HOSTILE[name]
    tracemalloc.start()
    started = time.process_time()
    found = document(text)
    spent, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {d.code for d in found.diagnostics} == ({code} if code else set())
    assert spent < SECONDS
    assert peak < MEGABYTES * 2**20


def test_the_limits_themselves_are_allowed() -> None:
    assert codes("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []
    assert codes("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == ["TT024"]
    uses = MAX_ALIASED_NODES // 10
    assert codes("a: &a [1,2,3,4,5,6,7,8,9]\nb: [" + "*a," * uses + "]") == []
    assert codes("a: &a [1,2,3,4,5,6,7,8,9]\nb: [" + "*a," * (uses + 1) + "]") == ["TT023"]


# ── without libyaml ──


@pytest.fixture
def without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    import trimtab.spec.yaml_builder as builder
    from trimtab.spec.yaml_events import pure_python_events

    monkeypatch.setattr(builder, "yaml_events", pure_python_events)


ONLY_LIBYAML = {"yaml-tab-between"}
"""PyYAML takes no tab between a key and its value."""
SPECS = [
    path
    for path in sorted(chain(ROOT.glob("tests/corpus/yaml-*.yaml"), ROOT.glob("examples/*/mlsystem.yaml")))
    if path.stem not in ONLY_LIBYAML
]


@pytest.mark.usefixtures("without_libyaml")
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_fallback_reads_the_same(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    slow = document(text)
    with pytest.MonkeyPatch.context() as patch:
        import trimtab.spec.yaml_builder as builder
        from trimtab.spec.yaml_events import yaml_events

        patch.setattr(builder, "yaml_events", yaml_events)
        fast = document(text)
    assert slow.tree == fast.tree
    assert [d.code for d in slow.diagnostics] == [d.code for d in fast.diagnostics]
    assert {p: slow.positions.get(p) for p in slow.positions} == {
        p: fast.positions.get(p) for p in fast.positions
    }
