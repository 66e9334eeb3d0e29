"""Reading a branch with the real git program: bare repositories in a temporary folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from trimtab.reconciler.commit_files import CommitFiles
from trimtab.reconciler.files import Blob, FolderFiles, head_commit
from trimtab.reconciler.git import GitError, GitSource
from trimtab.reconciler.sources import archive, tree_digest


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A clone with one commit: a spec, an executable, ignored rubbish, a symbolic link."""
    bare, work = tmp_path / "bare.git", tmp_path / "work"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    git(tmp_path, "clone", "-q", str(bare), str(work))
    (work / "src").mkdir()
    (work / "src" / "a.py").write_text("print('a')\n")
    (work / "src" / "run.sh").write_text("#!/bin/sh\n")
    (work / "src" / "run.sh").chmod(0o755)
    (work / "src" / "link").symlink_to("/etc/passwd")
    (work / ".gitignore").write_text("*.log\n")
    (work / "spec.yaml").write_text("kind: MLSystem\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "First")
    git(work, "push", "-q", "origin", "HEAD:main")
    (work / "src" / "noise.log").write_text("noise")
    (work / "src" / "__pycache__").mkdir()
    (work / "src" / "__pycache__" / "a.pyc").write_bytes(b"\0")
    return work


def source(work: Path) -> GitSource:
    return GitSource(str(work.parent / "bare.git"), "main", work.parent / "mirror" / "x.git")


async def test_a_branch_is_polled_and_read_at_its_commit(work: Path) -> None:
    branch = source(work)
    head = await branch.poll()
    assert head == git(work, "rev-parse", "HEAD")
    assert await branch.read(head, "spec.yaml") == b"kind: MLSystem\n"
    assert await branch.tree(head, "src") == [
        Blob("a.py", False, b"print('a')\n"),
        Blob("run.sh", True, b"#!/bin/sh\n"),
    ]
    assert await branch.subject(head) == "First"


async def test_a_pushed_commit_is_seen_and_the_old_one_stays_readable(work: Path) -> None:
    branch = source(work)
    first = await branch.poll()
    (work / "spec.yaml").write_text("kind: Other\n")
    git(work, "commit", "-qam", "Second")
    git(work, "push", "-q", "origin", "HEAD:main")
    second = await branch.poll()
    assert await branch.read(second, "spec.yaml") == b"kind: Other\n"
    assert await branch.read(first, "spec.yaml") == b"kind: MLSystem\n"


async def test_a_folder_and_its_commit_have_the_same_digest(work: Path) -> None:
    branch = source(work)
    committed = await CommitFiles(branch, await branch.poll(), ".").tree("src")
    folder = await FolderFiles(work).tree("src")
    assert committed is not None
    assert folder is not None
    assert tree_digest(folder) == tree_digest(committed)
    assert archive(folder) == archive(committed)


async def test_a_folder_outside_any_repository_is_read_without_its_rubbish(work: Path) -> None:
    plain = work.parent / "plain"
    (work / "src").rename(plain)
    blobs = await FolderFiles(work.parent).tree("plain")
    assert [blob.path for blob in blobs or []] == ["a.py", "noise.log", "run.sh"]


async def test_what_is_not_there_is_none_for_a_file_and_an_error_for_a_source(
    work: Path, tmp_path: Path
) -> None:
    branch = source(work)
    files = CommitFiles(branch, await branch.poll(), ".")
    assert await files.read("nothing.yaml") is None
    assert await files.tree("nothing") is None
    with pytest.raises(GitError):
        await GitSource(str(tmp_path / "nowhere.git"), "main", tmp_path / "m.git").poll()
    with pytest.raises(GitError, match="has no branch"):
        await GitSource(branch.url, "other", tmp_path / "m.git").poll()


@pytest.mark.parametrize("branch", ["--upload-pack=touch /tmp/x", "a b", "../main", ""])
async def test_a_branch_that_could_be_an_option_is_refused(work: Path, branch: str, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not the name of a branch"):
        await GitSource(source(work).url, branch, tmp_path / "m.git").poll()


async def test_a_url_cannot_run_a_program(tmp_path: Path) -> None:
    for url in ("ext::touch " + str(tmp_path / "x"), "--upload-pack=touch " + str(tmp_path / "x")):
        with pytest.raises(GitError):
            await GitSource(url, "main", tmp_path / "m.git").poll()
    assert not (tmp_path / "x").exists()


def test_a_changed_folder_is_marked(work: Path) -> None:
    (work / "src" / "__pycache__" / "a.pyc").unlink()
    (work / "src" / "__pycache__").rmdir()
    clean = head_commit(work)
    (work / "spec.yaml").write_text("changed\n")
    assert head_commit(work) == f"{clean}-dirty"
    assert head_commit(work.parent) == ""


def test_an_archive_is_a_plain_tar_that_anybody_can_unpack() -> None:
    import gzip
    import io
    import tarfile

    blobs = [Blob("big.bin", False, bytes(200_000)), Blob("run.sh", True, b"x")]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive(blobs)))) as tar:
        assert [(m.name, m.size, m.mode, m.mtime) for m in tar] == [
            ("big.bin", 200_000, 0o644, 0),
            ("run.sh", 1, 0o755, 0),
        ]
