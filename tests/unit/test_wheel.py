"""What users install: the wheel, in an environment of its own, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("spec", "compiler", "reconciler", "runtime", "cli")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `trimtab` of a new environment. Its dependencies are those of this one; the checkout is not among them."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip())
    # A line in a .pth file adds a folder, not the .pth files in it: the editable install stays unseen.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin" / "trimtab"


def _call(program: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_wheel_holds_every_room_and_no_package_of_its_own_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[1] for name in names if name.startswith("trimtab/")} == set(ROOMS)
    assert "trimtab/__init__.py" not in names
    assert all(f"trimtab/{room}/py.typed" in names for room in ROOMS)
    assert "trimtab/cli/templates/minimal/mlsystem.yaml" in names


def test_a_newcomer_gets_from_nothing_to_a_run_and_back(installed: Path, tmp_path: Path) -> None:
    assert _call(installed, tmp_path, "--version").stdout.startswith("trimtab ")
    steps = (
        ["init"],
        ["check"],
        ["apply"],
        ["status"],
        ["runs", "line"],
        ["stop"],
        ["apply"],
        ["delete", "--yes"],
        ["stop"],
    )
    for arguments in steps:
        done = _call(installed, tmp_path, *arguments)
        assert done.returncode == 0, f"trimtab {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        assert str(ROOT) not in done.stdout + done.stderr
