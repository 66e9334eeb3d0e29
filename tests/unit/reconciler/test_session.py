"""Preparing a spec: the platform it is part of is read from where the spec itself is read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from one_spec import SPEC

from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.commit_files import CommitFiles
from trimtab.reconciler.files import Files, FolderFiles
from trimtab.reconciler.git import GitSource
from trimtab.reconciler.preparing import prepare

SYSTEM = SPEC.replace("spec:\n", "spec:\n  platform: ../../acme.yaml\n", 1)
PLATFORM = """\
apiVersion: trimtab.dev/v1
kind: MLPlatform
metadata: {name: acme}
spec:
  security: {podSecurity: baseline}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A commit with a platform, and a working folder in which another one lies."""
    spec = tmp_path / "teams" / "shop" / "mlsystem.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(SYSTEM)
    (tmp_path / "acme.yaml").write_text(PLATFORM)
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    (tmp_path / "acme.yaml").write_text(PLATFORM.replace("baseline", "restricted"))
    return tmp_path


async def security(files: Files) -> str:
    prepared = await prepare(SYSTEM, "teams/shop/mlsystem.yaml", None, files, Origin("test", ""))
    assert prepared.resolved.system is not None, prepared.diagnostics
    assert sorted(prepared.texts) == ["acme.yaml", "teams/shop/mlsystem.yaml"]
    return str(prepared.resolved.system.spec.security.pod_security)


async def test_a_folder_gives_the_platform_that_lies_there(repository: Path) -> None:
    assert await security(FolderFiles(repository / "teams" / "shop")) == "restricted"


async def test_a_commit_gives_the_platform_of_that_commit(repository: Path) -> None:
    source = GitSource(str(repository), "main", repository / "mirror" / "x.git")
    commit = await source.poll()
    assert await security(CommitFiles(source, commit, "teams/shop")) == "baseline"
    assert await CommitFiles(source, commit, "teams/shop").read("../../../acme.yaml") is None
