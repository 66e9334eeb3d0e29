"""What an editor shows of a spec: yaml-language-server itself, with the schema that `init` writes and its modeline."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import node_packages
import pytest
from language_server import LanguageServer
from trimtab_cli import ROOT, TRIMTAB

from trimtab.cli.scaffold import NAMES

MODELINE = "# yaml-language-server: $schema=.trimtab/mlsystem.schema.json\n"
DRAFT_07 = MODELINE.replace("mlsystem.schema", "draft-07")
HEAD = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: fraud}\nspec:\n"
TRAINING = f"{HEAD}  training:\n    fit:\n"

EXAMPLES = [
    p for p in sorted(ROOT.glob("examples/**/*.yaml")) if "$schema=../" in p.read_text().partition("\n")[0]
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for each template, each with what `init` writes."""
    made = tmp_path_factory.mktemp("editor")
    for template in NAMES:
        command = [str(TRIMTAB), "init", str(made / template), "--template", template]
        subprocess.run(command, check=True, capture_output=True)
    beside = made / NAMES[0] / ".trimtab"
    shutil.copy(ROOT / "schemas" / "v1" / "mlsystem.draft-07.json", beside / "draft-07.json")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LanguageServer]:
    try:
        command = node_packages.command("yaml-language-server", "yaml-language-server")
    except node_packages.RegistryUnreachable:
        pytest.skip("npm gets nothing from the package registry, so there is no language server")
    with LanguageServer([*command, "--stdio"], folder) as running:
        yield running


class Editor:
    """A file in the folder of the first template, as a person types it."""

    def __init__(self, server: LanguageServer, folder: Path, name: str) -> None:
        self._server = server
        self._file = folder / NAMES[0] / f"{name}.mlsystem.yaml"
        self._text = ""

    def types(self, text: str) -> list[dict[str, Any]]:
        self._text = text
        self._file.write_text(text)
        return self._server.open(self._file)

    def offers(self) -> dict[str, dict[str, Any]]:
        """What can be completed at the end of the text, by label."""
        lines = self._text.split("\n")
        found = self._server.at("textDocument/completion", self._file, len(lines), len(lines[-1]) + 1)
        return {item["label"]: item for item in found["items"]}

    def tells_of(self, word: str) -> str:
        """What is shown where the mouse stays over `word`."""
        before = self._text[: self._text.index(word)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        told: str = self._server.at("textDocument/hover", self._file, line, column)["contents"]["value"]
        return told


@pytest.fixture
def editor(server: LanguageServer, folder: Path, request: pytest.FixtureRequest) -> Editor:
    return Editor(server, folder, re.sub(r"\W+", "-", request.node.name))


@pytest.mark.parametrize("template", NAMES)
def test_what_init_writes_is_fine_in_an_editor(server: LanguageServer, folder: Path, template: str) -> None:
    assert server.open(folder / template / "mlsystem.yaml") == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_every_example_is_fine_in_an_editor(server: LanguageServer, path: Path) -> None:
    """In its place, with the schema that its first line names."""
    assert server.open(path) == []


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("", {"apiVersion", "kind", "metadata", "spec"}),
        (f"{HEAD}  ", {"data", "compute", "training", "deployment", "security", "monitoring", "environments"}),
        (f"{TRAINING}      ", {"image", "command", "pool", "nodes", "reads", "params", "checkpoint", "retrain"}),
        (f"{TRAINING}      checkpoint:\n        ", {"every", "keep", "to"}),
        (f"{TRAINING}      evaluate:\n        held:\n          ", {"command", "reads", "accept"}),
        (f"{TRAINING}      launcher: ", {"plain", "torchrun", "deepspeed", "mpi", "ray"}),
        (f"{HEAD}  deployment:\n    api:\n      server:\n        ", {"torch", "vllm", "triton", "custom"}),
        (f"{HEAD}  environments:\n    prod:\n      overrides:\n        training:\n          fit:\n            ", {"nodes"}),
    ],
    ids=["root", "spec", "training", "checkpoint", "evaluation", "choice", "variant", "override"],
)  # fmt: skip
def test_keys_are_completed(editor: Editor, written: str, offered: set[str]) -> None:
    editor.types(MODELINE + written)
    assert offered <= editor.offers().keys()


def test_a_key_that_is_there_is_not_offered_again(editor: Editor) -> None:
    editor.types(f"{MODELINE}{TRAINING}      pool: cpu\n      ")
    assert "pool" not in editor.offers()


def test_a_completed_key_brings_an_example_to_fill_in(editor: Editor) -> None:
    editor.types(f"{MODELINE}{TRAINING}      ")
    assert editor.offers()["checkpoint"]["insertText"].split("\n") == [
        "checkpoint: ",
        "  ${1:every}: ${2:10m}",
        "",
    ]


def test_hovering_tells_what_a_key_means(editor: Editor) -> None:
    editor.types(f"{MODELINE}{TRAINING}      pool: gpu\n      checkpoint: {{every: 10m}}\n")
    assert "to run on; may be left out where there is one." in editor.tells_of("pool")
    assert "10m" in editor.tells_of("every")


@pytest.mark.parametrize("modeline", [MODELINE, DRAFT_07], ids=["2020-12", "draft-07"])
def test_an_unknown_key_is_reported_on_the_key(editor: Editor, modeline: str) -> None:
    (found,) = editor.types(f"{modeline}{TRAINING}      command: [fit]\n      num_workers: 2\n")
    assert "num_workers" in found["message"]
    assert found["range"] == {"start": {"line": 8, "character": 6}, "end": {"line": 8, "character": 17}}


def test_a_value_of_another_type_is_reported_on_the_value(editor: Editor) -> None:
    (found,) = editor.types(f"{MODELINE}{TRAINING}      command: [fit]\n      nodes: two\n")
    assert found["range"] == {"start": {"line": 8, "character": 13}, "end": {"line": 8, "character": 16}}
