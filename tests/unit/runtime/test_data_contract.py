"""A dataset against what its spec expects: each broken rule in words, and a verdict rather than a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_roots import Root

from trimtab.runtime import data_contract
from trimtab.runtime.complaint import Complaint

NOW = 0.0
"""Long before any file was written: never stale."""


def problems(folder: Path, expect: dict[str, Any], now: float = NOW) -> list[str]:
    return data_contract.check(folder, expect, now)[1]


def column(folder: Path, **rules: Any) -> list[str]:
    return problems(folder, {"columns": {"a": rules}})


@pytest.fixture
def images(tmp_path: Path) -> Path:
    pixels = np.linspace(0, 1, 5 * 8 * 8, dtype=np.float32).reshape(5, 8, 8)
    np.savez(tmp_path / "images.npz", pixels=pixels, label=np.array([0, 1, 2, 3, 3]))
    return tmp_path


def csv(folder: Path, text: str, name: str = "part.csv") -> Path:
    (folder / name).write_text(text)
    return folder


def jsonl(folder: Path, *values: Any) -> Path:
    (folder / "part.jsonl").write_text("".join(json.dumps({"a": value}) + "\n" for value in values))
    return folder


def test_images_as_the_example_expects_them(images: Path) -> None:
    expect = {
        "rows": {"min": 5},
        "columns": {
            "pixels": {"type": "float", "min": 0, "max": 1, "nulls": {"max": 0.0}},
            "label": {"type": "int", "values": [0, 1, 2, 3]},
        },
    }
    assert data_contract.check(images, expect, NOW) == (5, [])


def test_each_broken_rule_is_a_sentence_of_its_own(images: Path) -> None:
    expect = {
        "rows": {"min": 6, "max": 4},
        "columns": {
            "pixels": {"type": "int"},
            "label": {"values": [0, 1], "duplicates": {"max": 0.1}},
            "weight": {"type": "float"},
        },
    }
    assert problems(images, expect) == [
        "there are 5 rows; at least 6 are expected",
        "there are 5 rows; at most 4 are expected",
        "column pixels: 5 of 5 rows hold a value that is not of type int (first: row 1)",
        "column label: 3 of 5 rows hold a value other than [0, 1] (first: row 3, there 2)",
        "column label has 0.2 of its rows as duplicates; at most 0.1 may be",
        "column weight is missing; there are: pixels, label",
    ]


def test_one_bad_cell_makes_a_bad_row(images: Path, tmp_path: Path) -> None:
    pixels = np.zeros((3, 8, 8))
    pixels[1, 4, 4] = 1.5
    pixels[2, 0, 0] = np.nan
    np.savez(tmp_path / "images.npz", a=pixels)
    assert column(tmp_path, max=1, nulls={"max": 0.0}) == [
        "column a: 1 of 3 rows hold a value above 1 (first: row 2)",
        "column a has 0.333 of its rows as nulls; at most 0 may be",
    ]


@pytest.mark.parametrize(
    ("type_name", "good", "bad"),
    [
        ("int", "-12", "1.5"),
        ("float", "1e3", "one"),
        ("bool", "true", "yes"),
        ("string", "anything", None),
        ("timestamp", "2026-11-01T12:00:00Z", "2026-13-01"),
        ("date", "2026-11-01", "01.11.2026"),
    ],
)
def test_types_in_text_are_what_can_be_read_as_such(
    tmp_path: Path, type_name: str, good: str, bad: str | None
) -> None:
    assert column(csv(tmp_path, f"a\n{good}\n"), type=type_name) == []
    if bad:
        assert "not of type" in column(csv(tmp_path, f"a\n{good}\n{bad}\n"), type=type_name)[0]


@pytest.mark.parametrize(
    ("type_name", "good", "bad"),
    [
        ("int", 1, True),
        ("float", 1, "1"),
        ("bool", True, 1),
        ("string", "x", 1),
        ("list", [1, 2], "12"),
        ("struct", {"b": 1}, [1]),
    ],
)
def test_types_in_json_are_its_own(tmp_path: Path, type_name: str, good: Any, bad: Any) -> None:
    assert column(jsonl(tmp_path, good, good), type=type_name) == []
    assert column(jsonl(tmp_path, good, bad), type=type_name)[0].startswith("column a: 1 of 2 rows hold")


def test_empty_cells_are_nulls_and_judged_by_nothing_else(tmp_path: Path) -> None:
    folder = csv(tmp_path, "a,b\n,1\n,2\n5,3\n5,4\n")
    assert column(folder, type="int", min=5, duplicates={"max": 0.3}) == []
    assert column(folder, nulls={"max": 0.4}) == ["column a has 0.5 of its rows as nulls; at most 0.4 may be"]


def test_bounds_and_values_in_text_are_those_of_the_type(tmp_path: Path) -> None:
    folder = csv(tmp_path, "a\n9\n10\n")
    assert column(folder, type="int", min=9, max=10, values=[9, 10]) == []
    assert column(folder, type="int", max=9) == [
        "column a: 1 of 2 rows hold a value above 9 (first: row 2, there 10)"
    ]


def test_a_pattern_must_match_whole(tmp_path: Path) -> None:
    folder = csv(tmp_path, "a\nABC\nABCD\n")
    assert "row 2, there ABCD" in column(folder, type="string", pattern="[A-Z]{3}")[0]


def test_a_bound_on_what_has_no_order_is_a_finding(tmp_path: Path) -> None:
    assert column(csv(tmp_path, "a\nx\n"), min=1) == [
        "column a has values that can't be compared with min: 1"
    ]


def test_parts_are_one_table(tmp_path: Path) -> None:
    csv(tmp_path, "a\n1\n", "1.csv")
    csv(tmp_path, "a\n1\n", "2.csv")
    rows, found = data_contract.check(tmp_path, {"columns": {"a": {"duplicates": {"max": 0.0}}}}, NOW)
    assert rows == 2
    assert "duplicates" in found[0]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "there is no file that ends in"),
        ({"1.csv": b"a\n1\n", "2.csv": b"b\n1\n"}, "2.csv has the columns b, 1.csv has a"),
        ({"1.csv": b"a,b\n1\n"}, "1.csv can't be read: row 1 has 1 cells"),
        ({"1.jsonl": b"{}\n[]\n"}, "each line should be a JSON object"),
        ({"1.jsonl": b"{"}, "1.jsonl can't be read"),
        ({"1.npz": b"PK\x03\x04cut"}, "1.npz can't be read"),
    ],
)
def test_a_dataset_that_cannot_be_read_is_broken(
    tmp_path: Path, files: dict[str, bytes], problem: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert problem in problems(tmp_path, {})[0]


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", a=np.array([object()], dtype=object))
    assert "can't be read" in problems(tmp_path, {})[0]


def test_old_data_is_stale(images: Path) -> None:
    hours = 3600
    written = (images / "images.npz").stat().st_mtime
    assert problems(images, {"freshness": {"max": 26 * hours}}, written + 26 * hours) == []
    assert problems(images, {"freshness": {"max": 26 * hours}}, written + 30 * hours) == [
        "the newest file is 30.0 hours old; at most 26.0 are expected"
    ]


def test_parquet_without_its_library_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "part.parquet").write_bytes(b"PAR1")
    with pytest.raises(Complaint, match="needs pyarrow, which is not installed here: add pyarrow"):
        problems(tmp_path, {})


def test_the_verdict_reaches_the_ledger_in_words(root: Root, images: Path) -> None:
    root.params(rows={"min": 1000})
    (root.path / "input").mkdir()
    (root.path / "input" / "images").symlink_to(images)
    data_contract.run(root.environment(), None)
    assert root.words["metrics"] == {"violations": 1, "rows": 5}
    assert root.words["problems"] == ["there are 5 rows; at least 1000 are expected"]
    assert "artifact" not in root.words, "a container of ours has no room for one"
    assert not (root.path / "output").exists()


def test_without_a_dataset_it_could_not_check(root: Root) -> None:
    with pytest.raises(Complaint, match="checks one dataset, but there are none"):
        data_contract.run(root.environment(), None)


def test_only_files_of_the_format_are_read(tmp_path: Path) -> None:
    jsonl(csv(tmp_path, "name,age\nada,36\n", "about.csv"), 1, 2)
    assert "columns" in problems(tmp_path, {})[0], "by the names of the files, both are the table's"
    assert data_contract.check(tmp_path, {"format": "jsonl"}, NOW) == (2, [])
    assert problems(tmp_path, {"format": "npz"}) == ["there is no file that ends in .npz"]
