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
    known = {
        "spec": None,
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


def test_without_arguments_the_repository_branch_and_environment_around_the_spec(repository: Path) -> None:
    found = following(arguments(spec=str(repository / "risk")))
    assert (found.source.url, found.source.branch) == (str(repository), "trunk")
    assert (found.spec, found.environment) == ("risk/mlsystem.yaml", "laptop")
    assert found.state == repository / "risk" / ".trimtab" / "laptop"


def test_a_remote_one_keeps_its_state_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = following(
        arguments(repo="https://example.com/risk.git", environment="prod", spec="fraud/mlsystem.yaml")
    )
    assert (found.source.url, found.source.branch, found.spec) == (
        "https://example.com/risk.git",
        "main",
        "fraud/mlsystem.yaml",
    )
    assert found.state == tmp_path / ".trimtab" / "prod"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"repo": "https://example.com/risk.git"}, "which environment"),
        ({"every": 0.0}, "is no pause"),
    ],
)
def test_what_cannot_be_followed_is_said(given: dict[str, object], message: str) -> None:
    with pytest.raises(Complaint, match=message):
        following(arguments(**given))


def test_a_folder_outside_a_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mlsystem.yaml").write_text(SPEC)
    with pytest.raises(Complaint, match="no git repository"):
        following(arguments(spec=str(tmp_path)))
