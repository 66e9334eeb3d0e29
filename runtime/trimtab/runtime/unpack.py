"""`python -m trimtab.runtime unpack`: the code archive, unpacked into the working directory.

An archive is hostile until shown otherwise: names that leave the folder, links, devices and bombs are refused
before anything is written. It is plain tar with gzip, as `code: {path}` of a spec makes it.
"""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment

ARCHIVE = "code.tar.gz"
MOST_BYTES = 256 << 20
MOST_FILES = 20_000


def run(environment: Environment) -> None:
    place = environment.code_archive
    archive = place / ARCHIVE if place.is_dir() else place
    count = unpack(archive, environment.code)
    print(f"{count} files unpacked into {environment.code}")


def unpack(archive: Path, folder: Path) -> int:
    """How many files it held."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = _checked(tar)
            # The first releases of 3.10 know no filters; `_checked` alone guards there.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            folder.mkdir(parents=True, exist_ok=True)
            for member in members:
                tar.extract(member, folder)
    except FileNotFoundError:
        raise Complaint(f"there is no code archive at {archive}") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Complaint(f"the code archive {archive} can't be unpacked: {error}") from None
    return sum(member.isfile() for member in members)


def _checked(tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members, size = [], 0
    for member in tar:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or "\\" in member.name:
            raise Complaint(f"the code archive holds {member.name!r}, which lies outside of its folder")
        if not (member.isfile() or member.isdir()):
            raise Complaint(f"the code archive holds {member.name!r}, which is neither a file nor a folder")
        members.append(member)
        size += member.size
        if size > MOST_BYTES or len(members) > MOST_FILES:
            raise Complaint(f"the code archive holds more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")
    return members
