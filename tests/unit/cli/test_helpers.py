"""`trimtab check` on many specs: whoever looks at them, what is said is the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from one_spec import SPEC

PROGRAM = """
import os, sys
from trimtab.cli import helpers
from trimtab.cli.main import main
helpers._processors, helpers.FEWEST = lambda: int(sys.argv[1]), 2
started = []
fork = os.fork
os.fork = lambda: started.append(1) or fork()
code = main(sys.argv[2:])
print("helpers:", len(started), file=sys.stderr)
sys.exit(code)
"""
DYING = """
import os, sys
from pathlib import Path
from trimtab.cli import helpers
helpers._processors, helpers.FEWEST = lambda: 2, 2
paths = [Path(str(n)) for n in range(8)]
own, (helper,) = helpers.shared(paths, lambda path: path.name != "5" or os._exit(9))
print([p.name for p in own], [p.name for p in helper.unsettled()])
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def specs(folder: Path) -> Path:
    """Twenty, of which some have errors, one a warning, and one can't be read."""
    for number in range(20):
        text = SPEC.replace("shop", f"shop{number}")
        text = text.replace("pool: cpu", "pool: gpu") if number % 6 == 4 else text
        text = (
            text.replace("  cpu: {", "  spare: {node: {cpu: 1, memory: 1Gi}}\n      cpu: {")
            if number == 7
            else text
        )
        (folder / f"{number}.mlsystem.yaml").write_text(text)
    (folder / "20.mlsystem.yaml").symlink_to("missing")
    return folder


@pytest.mark.parametrize("output", ["full", "json"])
def test_helpers_change_nothing_of_what_is_said(specs: Path, output: str) -> None:
    alone, helped = (run(PROGRAM, str(n), "check", "--output", output, str(specs)) for n in (1, 3))
    assert "gpu" in alone.stdout
    assert "20.mlsystem.yaml: no such file" in alone.stderr
    assert (helped.returncode, helped.stdout) == (alone.returncode, alone.stdout)
    assert alone.stderr.splitlines()[-1] == "helpers: 0"
    assert helped.stderr.splitlines()[-1] == "helpers: 2"
    assert helped.stderr.splitlines()[:-1] == alone.stderr.splitlines()[:-1]


def test_a_share_whose_helper_died_is_looked_at_again() -> None:
    done = run(DYING)
    assert done.stdout == "['0', '2', '4', '6'] ['5', '7']\n", done.stderr
