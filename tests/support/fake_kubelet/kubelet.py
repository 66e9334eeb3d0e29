"""The fake kubelet as a test sees it: a process of its own, beside a control plane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control_plane import Access

from fake_kubelet import journal
from fake_kubelet.journal import Started

SUPPORT = Path(__file__).resolve().parent.parent
USER, GROUP = "system:fake-kubelet", "system:masters"


class FakeKubelet:
    def __init__(self, folder: Path) -> None:
        self.journal = folder / "started"
        self.log = folder / "log"

    def started(self) -> list[Started]:
        """Every Pod of a run, in order."""
        return journal.read(self.journal)


@contextmanager
def start_fake_kubelet(plane: Access) -> Iterator[FakeKubelet]:
    """Its node takes Pods when this is entered."""
    folder = plane.folder / "fake-kubelet"
    folder.mkdir()
    pair = plane.authority.client(USER, [GROUP])
    told = [plane.places.url, plane.authority.certificate, pair.certificate, pair.key]
    (folder / "settings.json").write_text(json.dumps([str(each) for each in told]))
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*plane.prefix, sys.executable, "-m", "fake_kubelet", str(folder)],
            env={**os.environ, "PYTHONPATH": str(SUPPORT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", (folder / "log").read_text()
            yield FakeKubelet(folder)
        finally:
            process.kill()
