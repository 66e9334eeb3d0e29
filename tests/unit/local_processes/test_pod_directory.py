"""A Pod's folder: what it mounts is where its paths say, and nothing leads out of a volume, not even its removal."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from trimtab.reconciler.local import pod_directory
from trimtab.reconciler.local.pod_directory import BadMount, EmptyDirectory, Files, Folder, Mount, Volume


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    return tmp_path / "pods" / "uid"


@pytest.fixture
def claim(tmp_path: Path) -> Path:
    folder = tmp_path / "volumes" / "claim"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("kept")
    return folder


def make(pod: Path, volume: Volume, *mounts: Mount) -> Path:
    """The root of the one container."""
    pod_directory.make(pod, {"v": volume}, {"main": mounts})
    return pod_directory.root(pod, "main")


def test_a_claim_is_seen_at_its_path_and_what_is_written_lands_in_it(pod: Path, claim: Path) -> None:
    root = make(pod, Folder(claim), Mount("v", "/trimtab/output/images", "data/images/abc"))
    assert root / "output" / "images" == pod_directory.local_path(pod, "main", "/trimtab/output/images")
    (root / "output" / "images" / "file").write_text("x")
    assert (claim / "data" / "images" / "abc" / "file").read_text() == "x"


def test_a_claims_folder_is_made_where_it_is_missing(pod: Path, tmp_path: Path) -> None:
    make(pod, Folder(tmp_path / "new" / "claim"), Mount("v", "/trimtab/output"))
    assert (tmp_path / "new" / "claim").is_dir()


def test_containers_share_the_volumes_of_their_pod_and_nothing_else(pod: Path) -> None:
    mounts = {name: [Mount("v", f"/trimtab/{name}-code")] for name in ("init", "main")}
    pod_directory.make(pod, {"v": EmptyDirectory()}, mounts)
    (pod_directory.root(pod, "init") / "init-code" / "main.py").write_text("x")
    assert (pod_directory.root(pod, "main") / "main-code" / "main.py").read_text() == "x"
    (pod_directory.root(pod, "init") / "termination-log").write_text("words")
    assert not (pod_directory.root(pod, "main") / "termination-log").exists()


def test_files_are_whole_and_for_the_user_alone(pod: Path) -> None:
    root = make(pod, Files({"token": b"s3cret", "a/b.txt": b"\0\xff"}), Mount("v", "/trimtab/secrets"))
    assert (root / "secrets" / "token").read_bytes() == b"s3cret"
    assert (root / "secrets" / "a" / "b.txt").read_bytes() == b"\0\xff"
    assert (root / "secrets" / "token").stat().st_mode & 0o777 == 0o600


def test_files_are_not_shown_by_accident() -> None:
    assert "s3cret" not in repr(Files({"token": b"s3cret"}))


def test_one_file_of_a_volume_can_be_mounted(pod: Path) -> None:
    root = make(pod, Files({"params.json": b"{}"}), Mount("v", "/trimtab/params/p.json", "params.json"))
    assert (root / "params" / "p.json").read_bytes() == b"{}"


def test_making_it_again_changes_nothing_and_mends_what_is_missing(pod: Path, claim: Path) -> None:
    mounts = (Mount("v", "/trimtab/output"), Mount("v", "/trimtab/input/a", "a"))
    root = make(pod, Folder(claim), *mounts)
    (root / "output" / "file").write_text("x")
    (root / "input" / "a").unlink()
    make(pod, Folder(claim), *mounts)
    assert (root / "output" / "file").read_text() == "x"
    assert (root / "input" / "a").is_dir()


@pytest.mark.parametrize("path", ["/etc", "/trimtab/../etc", "/trimtabs/x", "trimtab/x", "/", "//etc"])
def test_nothing_is_mounted_outside_of_the_root(pod: Path, path: str) -> None:
    with pytest.raises(BadMount):
        make(pod, EmptyDirectory(), Mount("v", path))


@pytest.mark.parametrize("sub_path", ["../x", "a/../../x", "/etc", "..", "a/.."])
def test_a_sub_path_stays_in_its_volume(pod: Path, claim: Path, sub_path: str) -> None:
    with pytest.raises(BadMount, match="leads out of its volume"):
        make(pod, Folder(claim), Mount("v", "/trimtab/x", sub_path))


@pytest.mark.parametrize("sub_path", ["link", "link/below", "a/link", "file", "a/file"])
def test_a_link_in_a_volume_is_not_followed(pod: Path, claim: Path, outside: Path, sub_path: str) -> None:
    (claim / "a").mkdir()
    for place in (claim, claim / "a"):
        (place / "link").symlink_to(outside)
        (place / "file").symlink_to(outside / "precious")
    with pytest.raises(BadMount, match="must not lead out of its volume"):
        make(pod, Folder(claim), Mount("v", "/trimtab/x", sub_path))


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ".."])
def test_a_files_name_stays_in_its_volume(pod: Path, name: str) -> None:
    with pytest.raises(BadMount, match="leads out of its volume"):
        make(pod, Files({name: b"x"}), Mount("v", "/trimtab/x"))


def test_a_way_through_a_file_is_refused(pod: Path, claim: Path) -> None:
    (claim / "file").touch()
    with pytest.raises(BadMount, match="leads through a file"):
        make(pod, Folder(claim), Mount("v", "/trimtab/x", "file/below"))


@pytest.mark.parametrize(
    "paths",
    [
        ("/trimtab/a", "/trimtab/a/b"),
        ("/trimtab/a/b", "/trimtab/a"),
        ("/trimtab",),
        ("/trimtab/", "/trimtab/a"),
    ],
)
def test_mounts_inside_of_mounts_are_refused(pod: Path, claim: Path, paths: tuple[str, ...]) -> None:
    with pytest.raises(BadMount, match="which this machine can't have"):
        make(pod, Folder(claim), *(Mount("v", path) for path in paths))
    assert list(claim.iterdir()) == []


def test_an_unknown_volume_is_named(pod: Path) -> None:
    with pytest.raises(BadMount, match="there is no volume w to mount at /trimtab/x"):
        make(pod, EmptyDirectory(), Mount("w", "/trimtab/x"))


def contents(folder: Path) -> Mapping[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_removing_a_pod_leaves_what_it_mounted_alone(pod: Path, claim: Path, outside: Path) -> None:
    root = make(pod, Folder(claim), Mount("v", "/trimtab/output"), Mount("v", "/trimtab/input", "data"))
    (root / "output" / "model").write_text("precious")
    (root / "input" / "rows").write_text("precious")
    (root / "way-out").symlink_to(outside)
    before = contents(claim), contents(outside)
    pod_directory.remove(pod)
    assert not pod.exists()
    assert (contents(claim), contents(outside)) == before
    assert before[0] == {"model": "precious", "data/rows": "precious"}


def test_a_link_in_the_place_of_a_pod_is_not_followed(pod: Path, outside: Path) -> None:
    pod.parent.mkdir()
    pod.symlink_to(outside)
    pod_directory.remove(pod)
    assert not pod.is_symlink()
    assert (outside / "precious").exists()


def test_removing_what_is_not_there_does_nothing(pod: Path) -> None:
    pod_directory.remove(pod)


def test_folders_without_rights_are_removed_too_but_no_link_is_touched(
    pod: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(pod, EmptyDirectory(), Mount("v", "/trimtab/code"))
    (root / "closed" / "below").mkdir(parents=True)
    (root / "closed" / "way-out").symlink_to(outside)
    outside.chmod(0o500)
    (root / "closed").chmod(0o000)
    really_remove, refusals = shutil.rmtree, [PermissionError()]

    def refuse_once(path: Path) -> None:
        """As for anybody but root, whom no folder refuses."""
        if refusals:
            raise refusals.pop()
        really_remove(path)

    monkeypatch.setattr(shutil, "rmtree", refuse_once)
    pod_directory.remove(pod)
    assert not pod.exists()
    assert outside.stat().st_mode & 0o777 == 0o500
