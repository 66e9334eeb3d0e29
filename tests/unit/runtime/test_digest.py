"""The digest of a folder: of what is in its files, and where; of nothing else."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.digest import digest_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.bin").write_bytes(b"22")
    (tmp_path / "a.txt").write_bytes(b"one")
    return tmp_path


def test_it_is_what_the_architecture_says(folder: Path) -> None:
    rows = [
        ["a.txt", 3, hashlib.sha256(b"one").hexdigest()],
        ["b/two.bin", 2, hashlib.sha256(b"22").hexdigest()],
    ]
    canonical = json.dumps(rows, separators=(",", ":")).encode()
    expected = "sha256:" + hashlib.sha256(canonical).hexdigest()
    assert digest_folder(folder) == (expected, 5, 2)


def test_times_permissions_and_empty_folders_do_not_count(folder: Path) -> None:
    before = digest_folder(folder)
    (folder / "a.txt").chmod(0o600)
    os.utime(folder / "a.txt", (1, 1))
    (folder / "empty").mkdir()
    assert digest_folder(folder) == before


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_content_and_names_do(folder: Path, change: str) -> None:
    before = digest_folder(folder).digest
    if change == "content":
        (folder / "a.txt").write_bytes(b"two")
    elif change == "name":
        (folder / "a.txt").rename(folder / "c.txt")
    else:
        (folder / "c.txt").touch()
    assert digest_folder(folder).digest != before


def test_a_folder_that_is_a_link_is_looked_into(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("mounts") / "output"
    link.symlink_to(folder)
    assert digest_folder(link) == digest_folder(folder)


def test_links_inside_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(Complaint, match="link"):
        digest_folder(folder)


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert digest_folder(tmp_path / "missing") == digest_folder(tmp_path)
