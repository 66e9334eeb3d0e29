"""Manifests as text that people read and that both versions of YAML agree on."""

from __future__ import annotations

import pytest
from compiled_specs import bundle, digits

from trimtab.compiler.bundle import Late, Slot, SlotKind
from trimtab.compiler.emit import document, emit, files


def test_lists_stand_below_their_key_and_keys_keep_their_order() -> None:
    assert document({"z": [{"name": "a", "args": ["-m", "x"]}, [1, [2]]], "a": {"c": {}, "d": []}}) == (
        "z:\n- name: a\n  args:\n  - -m\n  - x\n- - 1\n  - - 2\na:\n  c: {}\n  d: []\n"
    )


MISREAD = [
    "no", "Yes", "on", "y", "null", "~", "", "1e3", "0o17", "017", "12:30:45", "1_000", "0x1f", ".5", "1.10", "=", "<<",
    "2026-11-01", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "%a", "@a", "`a", "{a", "[a", " a", "a ", "é", "a\tb",
    "---", "...", "+1", "-1", "-.inf", "0e123456", "|", ">", "?", "a:",
]  # fmt: skip


@pytest.mark.parametrize("text", MISREAD)
def test_a_text_that_could_be_read_as_something_else_is_quoted(text: str) -> None:
    assert document({"k": text}).startswith('k: "')


@pytest.mark.parametrize(
    "text", ["1Gi", "500m", "10s", "a", "$(ROOT)/x", "/trimtab/code", "a:b", "a#b", "-m", "--name"]
)
def test_a_text_that_nobody_misreads_is_plain(text: str) -> None:
    assert document({"k": text}) == f"k: {text}\n"


def test_lines_stay_lines() -> None:
    assert document({"a": "x\n  y\n\nz\n", "b": ["x\ny"]}) == (
        "a: |\n  x\n    y\n\n  z\nb:\n- |-\n  x\n  y\n"
    )


def test_a_float_is_a_float_to_both_versions() -> None:
    assert document([1e-05, 1e16, 0.5, 1.0]) == "- 1.0e-05\n- 1.0e+16\n- 0.5\n- 1.0\n"


def test_a_slot_prints_as_its_name() -> None:
    late = Late(("runs/", Slot(SlotKind.INPUT, "images")))
    assert document({"subPath": late}) == "subPath: runs/<input:images>\n"


@pytest.mark.parametrize("value", [{"a": float("nan")}, {"a": object()}, {"k" * 1001: 1}])
def test_what_no_manifest_holds_raises(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        document(value)


def test_a_bundle_is_a_folder_with_an_index() -> None:
    written = files(bundle(digits()))
    assert "01-namespace-digits.yaml" in written
    assert "runs/classifier/07-job.yaml" in written
    assert "runs/classifier/lookup.yaml" in written
    listed = [name for name in written if "/" not in name and name != "kustomization.yaml"]
    assert all(f"- {name}\n" in written["kustomization.yaml"] for name in listed)
    assert "runs/" not in written["kustomization.yaml"]


def test_a_stream_has_a_document_an_object() -> None:
    made = bundle(digits())
    assert emit(made.manifests).count("\n---\n") == len(made.manifests) - 1
