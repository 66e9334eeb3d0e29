"""A disk that fills up while a system is applied: one sentence, nothing lost, and room is all that it takes to go on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from trimtab_cli import System


@pytest.fixture
def blink(tmp_path: Path) -> System:
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a small disk is made in a mount namespace of its own, which takes root on Linux")
    shutil.copytree(
        Path(__file__).parent / "blink",
        tmp_path / "blink",
        ignore=shutil.ignore_patterns(".trimtab", "__pycache__"),
    )
    (tmp_path / "blink" / ".trimtab").mkdir()
    return System(tmp_path / "blink")


SCRIPT = """\
mount -t tmpfs -o size=600k none .trimtab || exit 77
timeout 100 "$1" apply; echo "first $?"
mount -o remount,size=64m .trimtab
timeout 100 "$1" apply; echo "second $?"
timeout 100 "$1" apply; echo "third $?"
"$1" stop
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing(blink: System) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", str(blink.program)],
        cwd=blink.folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    ends = re.findall(r"^(?:first|second|third) (\d+)$", done.stdout, re.MULTILINE)
    assert ends[0] not in {"0", "124"}, done.stdout + done.stderr
    said = [line for line in done.stderr.splitlines() if "is full" in line]
    assert len(said) == 1, done.stdout + done.stderr
    assert "make room and run the command again" in said[0]
    assert "Traceback" not in done.stdout + done.stderr
    assert ends[1:] == ["0", "0"], done.stdout + done.stderr
