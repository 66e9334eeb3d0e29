"""The same spec compiles to the same bytes: under any hash seed and locale, in any directory, with any Python.

Other Pythons are those on the PATH that have pydantic and PyYAML, or those that TRIMTAB_PYTHON_3_12 and so on name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compiled_specs import TARGETS
from golden_digits import written

from trimtab.compiler.canonical import digest

ROOT = Path(__file__).parents[2]
ROOMS = [str(ROOT / room) for room in ("spec", "compiler", "tests/support")]
PROGRAM = (
    "from golden_digits import written; from compiled_specs import TARGETS; from trimtab.compiler.canonical import digest;"
    "print(digest({environment: written(environment) for environment in TARGETS}))"
)
NEEDS = "import pydantic, yaml"


def compiled_by(python: str, cwd: Path, **environ: str) -> str:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(ROOMS), **environ}
    done = subprocess.run(
        [python, "-c", PROGRAM], check=True, capture_output=True, text=True, env=env, cwd=cwd
    )
    return done.stdout.strip()


def here() -> str:
    return digest({environment: written(environment) for environment in TARGETS})


@pytest.mark.parametrize(
    ("seed", "locale"),
    [("0", "C"), ("1", "tr_TR.UTF-8"), ("4242", "de_DE.UTF-8")],
    ids=["C", "Turkish", "German"],
)
def test_neither_hash_seed_nor_locale_nor_directory_matters(seed: str, locale: str, tmp_path: Path) -> None:
    assert compiled_by(sys.executable, tmp_path, PYTHONHASHSEED=seed, LC_ALL=locale) == here()


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_the_version_of_python_does_not_matter(version: str, tmp_path: Path) -> None:
    python = os.environ.get(f"TRIMTAB_PYTHON_{version.replace('.', '_')}") or shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", NEEDS], capture_output=True).returncode:
        pytest.skip(f"there is no Python {version} with pydantic and PyYAML on this machine")
    assert compiled_by(python, tmp_path) == here()
