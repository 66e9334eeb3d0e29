"""A secret reaches the process that asked for it, and no file, argument or environment of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from held_processes import Held, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Launch, Restart, Secrets

VALUE = 's3cr3t-val"ue\\ü'


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "laptop.secrets.json"
    file.write_text(json.dumps({"hf": {"token": VALUE, "number": 5}}, ensure_ascii=False), encoding="utf-8")
    file.chmod(0o600)
    return file


def asking(secrets: Path, *keys: str) -> Launch:
    script = '[ "$TOKEN" = "$EXPECTED" ] && echo same; exec sleep 100'
    return replace(shell(script), secrets=Secrets(secrets, {"TOKEN": keys}))


def test_a_secret_is_in_the_environment_of_its_process_alone(
    process: Held, secrets: Path, tmp_path: Path
) -> None:
    launch = asking(secrets, "hf", "token")
    status = process.start(launch).status
    assert f"TOKEN={VALUE}".encode() in Path(f"/proc/{status.pid}/environ").read_bytes().split(b"\0")
    shim = Path(f"/proc/{processes.shim_number(process.directory)}")
    ours = [
        shim / "environ",
        shim / "cmdline",
        *(f for f in tmp_path.rglob("*") if f.is_file() and f != secrets),
    ]
    assert process.directory / "shim.json" in ours
    assert all(b"s3cr3t" not in file.read_bytes() for file in ours)


def test_our_files_are_for_the_user_alone(process: Held, secrets: Path) -> None:
    process.start(asking(secrets, "hf", "token"))
    processes.restart(process.directory)
    modes = {file.name: file.stat().st_mode & 0o777 for file in process.directory.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_restart_sees_a_changed_secret(process: Held, secrets: Path) -> None:
    launch = replace(asking(secrets, "hf", "token"), restart=Restart.ALWAYS)
    launch = replace(launch, env={**launch.env, "EXPECTED": "new"})
    process.start(launch)
    secrets.write_text('{"hf": {"token": "new"}}')
    processes.restart(process.directory)
    process.until_log("same")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("hf", "missing"), "the secret hf/missing is not a text in"),
        (("hf", "number"), "the secret hf/number is not a text in"),
        (("nobody", "token"), "the secret nobody/token is not a text in"),
    ],
)
def test_a_missing_secret_is_named(process: Held, secrets: Path, keys: tuple[str, ...], words: str) -> None:
    status = process.start(asking(secrets, *keys)).until_ended()
    assert status.exit_code == 126
    assert words in status.error


@pytest.mark.parametrize("text", ["", "{", "not json"])
def test_a_file_that_is_no_json_is_refused_without_quoting_it(
    process: Held, secrets: Path, text: str
) -> None:
    secrets.write_text(text)
    status = process.start(asking(secrets, "hf", "token")).until_ended()
    assert status.error == f"the secrets in {secrets} can't be read: it is not JSON"


def test_a_file_that_others_can_read_is_refused(process: Held, secrets: Path) -> None:
    secrets.chmod(0o644)
    status = process.start(asking(secrets, "hf", "token")).until_ended()
    assert "give it mode 0600" in status.error


def test_a_missing_file_is_named(process: Held, tmp_path: Path) -> None:
    status = process.start(asking(tmp_path / "none.json", "hf")).until_ended()
    assert status.error == f"the secrets in {tmp_path / 'none.json'} can't be read: No such file or directory"
