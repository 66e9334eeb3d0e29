"""An archive of code is unpacked as it is, or refused before a byte is written."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from run_roots import Root

from trimtab.runtime import unpack
from trimtab.runtime.complaint import Complaint


def archive(root: Root, *members: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    place = root.environment().code_archive / unpack.ARCHIVE
    place.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place, "w:gz") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member, io.BytesIO(bytes(member.size)))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return place


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_files_lie_where_the_archive_says(root: Root) -> None:
    archive(root, special("digits", tarfile.DIRTYPE), ("digits/train.py", b"print(1)\n"))
    unpack.run(root.environment())
    assert (root.path / "code" / "digits" / "train.py").read_bytes() == b"print(1)\n"


def test_a_second_time_makes_it_whole(root: Root) -> None:
    archive(root, ("train.py", b"print(1)\n"))
    unpack.run(root.environment())
    root.write("code/train.py", "pri")
    unpack.run(root.environment())
    assert (root.path / "code" / "train.py").read_bytes() == b"print(1)\n"


@pytest.mark.parametrize(
    "member",
    [
        ("/etc/cron.d/evil", b"x"),
        ("../evil", b"x"),
        ("a/../../evil", b"x"),
        ("..\\evil", b"x"),
        special("link", tarfile.SYMTYPE, "/etc/passwd"),
        special("link", tarfile.LNKTYPE, "train.py"),
        special("device", tarfile.CHRTYPE),
        special("pipe", tarfile.FIFOTYPE),
    ],
    ids=str,
)
def test_what_could_reach_outside_is_refused_before_anything_is_written(
    root: Root, member: tarfile.TarInfo | tuple[str, bytes]
) -> None:
    archive(root, ("train.py", b"print(1)\n"), member)
    with pytest.raises(Complaint, match="the code archive holds"):
        unpack.run(root.environment())
    assert not (root.path / "code").exists()


def test_a_bomb_is_refused(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 1000)
    archive(root, ("zeros", bytes(1001)))
    with pytest.raises(Complaint, match="holds more than"):
        unpack.run(root.environment())


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_no_archive_is_one_sentence(root: Root, content: bytes | None) -> None:
    place = root.environment().code_archive
    if content is not None:
        place.mkdir(parents=True)
        (place / unpack.ARCHIVE).write_bytes(content)
    with pytest.raises(Complaint, match="code archive"):
        unpack.run(root.environment())


def test_a_cut_archive_is_one_sentence(root: Root) -> None:
    place = archive(root, ("train.py", os.urandom(10_000)))
    place.write_bytes(place.read_bytes()[:5_000])
    with pytest.raises(Complaint, match="can't be unpacked"):
        unpack.run(root.environment())
