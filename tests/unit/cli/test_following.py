from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import pytest

from trimtab.cli.complaint import Complaint
from trimtab.cli.following import following

SPEC = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata: {name: shop}
spec:
  defaultEnvironment: laptop
  environments: {laptop: {runOn: local}, other: {runOn: local}}
"""


def arguments(**given: object) -> argparse.Namespace:
    known: dict[str, object] = {
        "specs": [],
        "environment": None,
        "repo": None,
        "branch": None,
        "every": 5.0,
        "take_over": False,
    }
    return argparse.Namespace(**(known | given))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(tmp_path)], check=True)
    (tmp_path / "risk").mkdir()
    (tmp_path / "risk" / "mlsystem.yaml").write_text(SPEC)
    return tmp_path


def test_of_specs_on_disk_the_repository_around_them_is_followed(repository: Path) -> None:
    found = following(arguments(specs=[str(repository / "risk")]))
    assert (found.source.url, found.source.branch) == (str(repository), "trunk")
    assert (found.selection.patterns, found.environment, found.home) == (("risk",), None, repository)
    assert found.source.mirror == repository / "risk" / ".trimtab" / "mirror.git"


def test_without_arguments_all_below_the_current_folder_is_meant(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert following(arguments()).selection.patterns == ("",)
    monkeypatch.chdir(repository / "risk")
    assert following(arguments()).selection.patterns == ("risk",)


def test_a_glob_is_of_the_repository_even_where_the_disk_has_no_such_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "risk")
    found = following(arguments(specs=["../teams/*/mlsystem.yaml", "mlsystem.yaml"]))
    assert found.selection.patterns == ("teams/*/mlsystem.yaml", "risk/mlsystem.yaml")


def test_a_remote_one_keeps_its_state_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"repo": "https://example.com/risk.git", "specs": ["./fraud/mlsystem.yaml", "teams/"]}
    found = following(arguments(**given))
    assert (found.source.url, found.source.branch) == ("https://example.com/risk.git", "main")
    assert (found.selection.patterns, found.home) == (("fraud/mlsystem.yaml", "teams"), tmp_path)
    assert following(arguments(repo="https://example.com/risk.git")).selection.patterns == ("",)


def test_what_is_no_pause_is_said() -> None:
    with pytest.raises(Complaint, match="is no pause"):
        following(arguments(every=0.0))


def test_a_folder_outside_a_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mlsystem.yaml").write_text(SPEC)
    with pytest.raises(Complaint, match="no git repository"):
        following(arguments(specs=[str(tmp_path)]))


def test_a_daemon_follows_one_repository(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mlsystem.yaml"
    with pytest.raises(Complaint, match=f"{elsewhere} is not in {repository}"):
        following(arguments(specs=[str(repository / "risk"), str(elsewhere)]))
