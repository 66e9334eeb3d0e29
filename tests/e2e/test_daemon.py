"""The daemon on a bare git repository, for real: commits are served, wrong ones change nothing, damage is healed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from children import child
from trimtab_cli import TRIMTAB, System, wait_for

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.local.client import LocalCluster

pytestmark = pytest.mark.torch

WEB = Ref("apps/v1", "Deployment", "digits", "recognizer")


@dataclass
class Followed:
    """A clone to push from, the bare repository, and a daemon that follows it with a state folder of its own."""

    clone: System
    home: System
    journal: Path

    def push(self, message: str) -> None:
        git(self.clone.folder, "commit", "-qam", message)
        git(self.clone.folder, "push", "-q", "origin", "HEAD:main")

    def said(self) -> str:
        return self.journal.read_text()

    def served(self) -> str:
        model: str = self.home.endpoint()["model"]
        return model


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    top = tmp_path_factory.mktemp("daemon")
    clone = System.copy("digits", top / "clone")
    clone.edit("epochs: 12", "epochs: 4")
    clone.edit("accuracy: {min: 0.95}", "accuracy: {min: 0.5}")
    clone.edit("schedule: {every: 10m}", "schedule: {every: 5s}")
    git(top, "init", "-q", "--bare", "-b", "main", "bare.git")
    git(clone.folder, "init", "-q", "-b", "main")
    git(clone.folder, "add", "-A")
    git(clone.folder, "commit", "-qm", "First")
    git(clone.folder, "push", "-q", str(top / "bare.git"), "HEAD:main")
    git(clone.folder, "remote", "add", "origin", str(top / "bare.git"))
    home = System.copy("digits", top / "home")
    home.spec.write_text(clone.spec.read_text())
    journal = top / "journal"
    try:
        with journal.open("wb") as log, daemon(home, top / "bare.git", log) as process:
            yield Followed(clone, home, journal)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, journal.read_text()
    finally:
        home.stop()


def daemon(home: System, bare: Path, log: IO[bytes]) -> AbstractContextManager[subprocess.Popen[bytes]]:
    arguments = [
        str(TRIMTAB),
        "daemon",
        "mlsystem.yaml",
        "-e",
        "laptop",
        "--repo",
        str(bare),
        "--branch",
        "main",
        "--every",
        "0.5",
    ]
    return child(arguments, cwd=home.folder, stdout=log, stderr=subprocess.STDOUT)


def is_served(followed: Followed) -> bool:
    endpoint = followed.home.endpoint()
    return bool(endpoint["model"]) and endpoint["ready"] == 2


def own_fields(followed: Followed) -> str:
    """The digest of our own fields of the Deployment, as the engine has them."""

    async def look() -> str:
        cluster = LocalCluster(followed.home.state)
        await cluster.connect()
        try:
            (found,) = await cluster.list(WEB.api_version, WEB.kind, WEB.namespace)
        finally:
            await cluster.close()
        return found.own

    return asyncio.run(look())


def edit_as_somebody(followed: Followed, spec: dict[str, Any]) -> Observed:
    """Another writer takes fields of the Deployment by force."""
    metadata = {"name": WEB.name, "namespace": WEB.namespace}
    body = {"apiVersion": WEB.api_version, "kind": WEB.kind, "metadata": metadata, "spec": spec}

    async def edit() -> Observed:
        cluster = LocalCluster(followed.home.state, manager="somebody")
        await cluster.connect()
        try:
            answer = await cluster.apply(body, force=True)
        finally:
            await cluster.close()
        assert isinstance(answer, Observed), answer
        return answer

    return asyncio.run(edit())


def test_the_first_commit_is_served(followed: Followed) -> None:
    wait_for("the first model", lambda: is_served(followed), 180)
    assert len(followed.home.trainings()) == 1


def test_a_killed_replica_is_back_within_seconds(followed: Followed) -> None:
    files = list((followed.home.state / "pods").glob("*/containers/server/status.json"))
    victim = next(s["pid"] for f in files if (s := json.loads(f.read_text()))["state"] == "running")
    os.kill(victim, signal.SIGKILL)
    wait_for("one replica less", lambda: followed.home.endpoint()["ready"] < 2, 20)
    wait_for("both replicas", lambda: followed.home.endpoint()["ready"] == 2, 60)


def test_an_edited_object_is_healed(followed: Followed) -> None:
    before = own_fields(followed)
    edited = edit_as_somebody(followed, {"revisionHistoryLimit": 77})
    assert edited.own
    wait_for("the news of a heal", lambda: "heal" in followed.said(), 20)
    wait_for("the healed object", lambda: own_fields(followed) == before, 20)


def test_a_wrong_commit_changes_nothing_and_says_why(followed: Followed) -> None:
    before = followed.served()
    followed.clone.edit("reads: \\[images\\]", "reads: [pictures]")
    followed.push("Wrong")
    wait_for("the finding", lambda: "pictures" in followed.said(), 30)
    assert "mlsystem.yaml:" in followed.said()
    assert followed.served() == before
    assert is_served(followed)


def test_a_pushed_commit_is_served(followed: Followed) -> None:
    before = followed.served()
    followed.clone.edit("reads: \\[pictures\\]", "reads: [images]")
    followed.clone.edit("seed: 7", "seed: 8")
    followed.push("Mended, with another seed")
    wait_for("the second model", lambda: followed.served() not in {before, ""}, 180)
    wait_for("both replicas", lambda: is_served(followed), 60)


def test_drift_is_measured_on_what_is_asked(followed: Followed) -> None:
    """All white is not what the model learned from."""
    address = followed.home.endpoint()["address"]
    tensor = {"name": "pixels", "shape": [50, 8, 8], "datatype": "FP32", "data": [1.0] * 3200}
    deadline = time.monotonic() + 60

    def measured() -> Any:
        body = json.dumps({"inputs": [tensor]}).encode()
        with urllib.request.urlopen(f"{address}/v2/models/recognizer/infer", body, timeout=30) as response:
            response.read()
        rows = [r for r in followed.home.runs() if r["kind"] == "drift" and r["metrics"].get("psi")]
        return [r for r in rows if r["metrics"]["psi"] > 0.25]

    assert wait_for("a drift above its limit", measured, deadline - time.monotonic())
    assert followed.home.endpoint()["ready"] == 2, "drift is watched, and holds nothing back"
