"""What the repository promises to those who clone it, and to repositories that use its hooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from trimtab.cli.main import COMMANDS, build_parser

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
GO_LOCKS = [f"tests/support/control_plane/{name}" for name in ("go.lock", "go-1.27.lock")]
LOCKS = ["requirements-dev.lock", "tools/uv.lock", *GO_LOCKS]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|file:|--index|--find-links|/home/|/root/|/tmp/", text)
    entries = re.findall(r"^\S+==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_of_npm_names_no_registry_and_hashes_everything() -> None:
    packages = json.loads((ROOT / "tests" / "editor" / "package-lock.json").read_text())["packages"]
    of_others = [package for path, package in packages.items() if path]
    assert of_others
    assert all("resolved" not in each and each["integrity"].startswith("sha512-") for each in of_others)


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_calls_a_command_as_it_is(hook: dict[str, str]) -> None:
    program, command, *options = hook["entry"].split()
    assert program == "trimtab"
    assert command in COMMANDS
    _, unknown = build_parser(command).parse_known_args([command, *options])
    assert unknown == []


def test_there_is_no_package_above_the_rooms() -> None:
    assert not list(ROOT.glob("*/trimtab/__init__.py"))


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    ]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
