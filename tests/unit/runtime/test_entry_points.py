"""`python -m trimtab.runtime`: light to start, alone, and brief when it gives up."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from run_roots import Root

import trimtab.runtime

ROOM = Path(trimtab.runtime.__file__).parent
HEAVY = ("torch", "numpy", "pyarrow")


def run(root: Root, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trimtab.runtime", *arguments],
        env={**root.variables(**variables), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_failure_is_one_sentence_here_and_in_the_last_words(root: Root) -> None:
    root.path.mkdir()
    done = run(root, "unpack")
    sentence = f"there is no code archive at {root.path / 'code-archive'}"
    assert (done.returncode, done.stderr) == (1, f"trimtab: {sentence}\n")
    assert root.words == {"v": 1, "problems": [sentence]}


def test_outside_of_a_run_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trimtab.runtime", "lookup"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("trimtab: TRIMTAB_RECORD is not set: this program is started by trimtab")
    assert done.stderr.count("\n") == 1


def test_an_unknown_command_lists_those_there_are(root: Root) -> None:
    done = run(root, "train")
    assert done.returncode == 2
    assert "unpack" in done.stderr


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_a_missing_library_is_named_with_its_cure(root: Root, library: str) -> None:
    code = (
        "import importlib.util as u, runpy, sys; real = u.find_spec\n"
        f"u.find_spec = lambda name, *a: None if name == {library!r} else real(name, *a)\n"
        "sys.argv = ['runtime', 'serve', '--port', '0']\n"
        "runpy.run_module('trimtab.runtime', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=root.variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert (
        f"the model server needs {library}, which is not installed here: add {library} to the lock"
        in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_the_door_is_light() -> None:
    """A pipeline that never trains must not pay for torch; unpacking must run where nothing is installed."""
    code = (
        "import sys, trimtab.runtime as t, trimtab.runtime.__main__, trimtab.runtime.unpack, trimtab.runtime.lookup\n"
        "t.start, t.Run, t.Complaint, t.torch_run\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_the_door_promises_is_there() -> None:
    assert trimtab.runtime.__all__ == sorted(trimtab.runtime.__all__)
    with pytest.raises(AttributeError, match="no attribute 'tranier'"):
        _ = trimtab.runtime.tranier


@pytest.mark.parametrize("module", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_only_the_standard_library_numpy_and_torch_are_imported(module: Path) -> None:
    allowed = {*sys.stdlib_module_names, "trimtab", "torch", "numpy"}
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        assert {name.partition(".")[0] for name in names} <= allowed
        assert all(not n.startswith("trimtab.") or n.startswith("trimtab.runtime") for n in names)
