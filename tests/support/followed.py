"""A git repository with specs of objects alone (no Pods, so that nothing has to be waited for), and a real `trimtab
daemon` that follows it to a control plane of the tests, as somebody with no more rights than a daemon needs."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from children import child
from control_plane import Access, Identity, Refused
from trimtab_cli import TRIMTAB, wait_for

from trimtab.reconciler import roles
from trimtab.reconciler.cluster import FIELD_MANAGER

PATIENCE = 120.0
MAIN = "mlsystem.yaml"


def spec(namespace: str, name: str = "shop", **colors: str) -> str:
    """A system of ConfigMaps, each of its color, on the one cluster of the tests. It is YAML, a line an object."""
    objects = [
        f"    {each}: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {each}}}, data: {{color: {color}}}}}\n"
        for each, color in colors.items()
    ]
    return (
        f"apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n"
        f"  manifests:\n{''.join(objects)}  environments: {{staging: {{runOn: tests}}}}\n"
    )


@dataclass(frozen=True)
class Repository:
    """A clone to push from, and the bare repository that is followed."""

    clone: Path
    bare: Path

    @classmethod
    def new(cls, folder: Path) -> Repository:
        clone, bare = folder / "clone", folder / "bare.git"
        git(folder, "init", "-q", "--bare", "-b", "main", str(bare))
        git(folder, "clone", "-q", str(bare), str(clone))
        return cls(clone, bare)

    def push(self, files: Mapping[str, str | None], message: str = "A change") -> str:
        """Files by their paths, None for one to be deleted; gives the commit."""
        for path, text in files.items():
            file = self.clone / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-qm", message)
        git(self.clone, "push", "-q", "origin", "HEAD:main")
        return git(self.clone, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@dataclass(frozen=True)
class DaemonProcess:
    process: subprocess.Popen[bytes]
    journal: Path

    def said(self) -> str:
        return self.journal.read_text()

    def says(self, words: str, times: int = 1) -> str:
        """Waits for it; gives the last line with these words."""

        def lines() -> list[str]:
            assert self.process.poll() is None, self.said()
            return [line for line in self.said().splitlines() if words in line]

        try:
            wait_for(f"{times} x {words}", lambda: len(lines()) >= times, PATIENCE)
        except AssertionError as error:
            error.add_note(self.said())
            raise
        return lines()[-1]

    def reaches(self, commit: str, *specs: str) -> None:
        for each in specs or (MAIN,):
            self.says(f"{each}: as commit {commit[:10]} says")

    def end(self) -> str:
        """Asked to, it ends well. Gives all it said."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.said()
        return self.said()


@contextmanager
def daemon(repository: Repository, who: Identity, folder: Path, *arguments: str) -> Iterator[DaemonProcess]:
    folder.mkdir(exist_ok=True)
    journal = folder / f"journal-{uuid.uuid4().hex[:8]}"
    command = [str(TRIMTAB), "daemon", "--repo", str(repository.bare), "--every", "0.2", *arguments]
    variables = {**os.environ, "KUBECONFIG": str(who.kubeconfig), "NO_COLOR": "1", "COLUMNS": "200"}
    with (
        journal.open("wb") as log,
        child(command, cwd=folder, env=variables, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        yield DaemonProcess(process, journal)


def account(plane: Access) -> Identity:
    """Somebody new, with what `trimtab cluster rights --everywhere` grants."""
    who = plane.users.named(f"daemon-{uuid.uuid4().hex[:8]}")
    for each in roles.writer_bindings(who.subject):
        each["metadata"]["name"] += f"-{who.subject['name']}"
        plane.kubectl("apply", "--server-side", "-f", "-", stdin=each)
    return who


@contextmanager
def namespace(plane: Access, test: str) -> Iterator[str]:
    """A name that is free: the daemon creates it."""
    name = f"{test}-{uuid.uuid4().hex[:8]}"
    yield name
    with suppress(Refused):  # where nobody has created it
        plane.api.delete(f"/api/v1/namespaces/{name}")


class Live:
    """What is there of a namespace."""

    def __init__(self, plane: Access, namespace: str) -> None:
        self._api, self._configs = plane.api, f"/api/v1/namespaces/{namespace}/configmaps"
        self._leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"

    def config(self, name: str) -> dict[str, Any] | None:
        return self._get(f"{self._configs}/{name}")

    def color(self, name: str) -> str | None:
        found = self.config(name)
        return None if found is None else found["data"]["color"]

    def holder(self, system: str = "shop") -> str | None:
        found = self._get(f"{self._leases}/{system}")
        return None if found is None else found["spec"]["holderIdentity"]

    def delete(self, name: str) -> None:
        self._api.delete(f"{self._configs}/{name}")

    def merge(self, name: str, change: dict[str, Any]) -> None:
        """As a person with `kubectl edit`."""
        path = f"{self._configs}/{name}?fieldManager=kubectl-edit"
        self._api.request("PATCH", path, change, "application/merge-patch+json")

    def apply_as_us(self, name: str, data: dict[str, str]) -> None:
        """A foreign apply under our field manager's name: what it leaves out, we no longer own."""
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        path = f"{self._configs}/{name}?fieldManager={FIELD_MANAGER}&force=true"
        self._api.request("PATCH", path, body, "application/apply-patch+yaml")

    def _get(self, path: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._api.get(path)
        except Refused as refused:
            if refused.code != 404:
                raise
            return None
        return found
