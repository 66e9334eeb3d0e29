"""The same spec compiles to the same bytes: under any hash seed and locale, in any directory, with any Python.

Other Pythons are those on the PATH that have pydantic and PyYAML, or those that TRIMTAB_PYTHON_3_12 and so on name.
A locale is made anew where `localedef` and the sources of locales are there, else the machine's own is used if it has it.
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
IN_LOCALE = "import locale; locale.setlocale(locale.LC_ALL, ''); "
"""A Python that is started in a locale that is not there says nothing, and stays in C."""


def compiled_by(python: str, cwd: Path, program: str = PROGRAM, **environ: str) -> str:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(ROOMS), **environ}
    done = subprocess.run(
        [python, "-c", program], check=True, capture_output=True, text=True, env=env, cwd=cwd
    )
    return done.stdout.strip()


def here() -> str:
    return digest({environment: written(environment) for environment in TARGETS})


def environ_of(locale: str, folder: Path) -> dict[str, str]:
    """In which a program has this locale; the test is skipped where it can't be had."""
    environ = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    if made(locale, folder):
        environ["LOCPATH"] = str(folder)
    if subprocess.run([sys.executable, "-c", IN_LOCALE], env=environ, capture_output=True).returncode:
        pytest.skip(f"this machine has no locale {locale}, and none can be made: localedef needs its source")
    return environ


def made(locale: str, folder: Path) -> bool:
    language, _, charset = locale.partition(".")
    localedef = shutil.which("localedef")
    if localedef is None or not charset:
        return False
    command = [localedef, "-i", language, "-f", charset, str(folder / locale)]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("seed", "locale"),
    [("0", "C"), ("1", "tr_TR.UTF-8"), ("4242", "de_DE.UTF-8")],
    ids=["C", "Turkish", "German"],
)
def test_neither_hash_seed_nor_locale_nor_directory_matters(seed: str, locale: str, tmp_path: Path) -> None:
    environ = environ_of(locale, tmp_path)
    assert (
        compiled_by(sys.executable, tmp_path, IN_LOCALE + PROGRAM, PYTHONHASHSEED=seed, **environ) == here()
    )


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_the_version_of_python_does_not_matter(version: str, tmp_path: Path) -> None:
    python = os.environ.get(f"TRIMTAB_PYTHON_{version.replace('.', '_')}") or shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", NEEDS], capture_output=True).returncode:
        pytest.skip(f"there is no Python {version} with pydantic and PyYAML on this machine")
    assert compiled_by(python, tmp_path) == here()
