"""Two torchrun agents on this machine, as a Job of two Pods runs them; to be watched, killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from run_roots import Root

from trimtab.compiler.intents import Gang
from trimtab.compiler.kubernetes_job import TORCHRUN, torchrun_variables

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits" / "src"
DEADLINE = 240.0
SHARED = ("output", "record", "checkpoints")


def run_module(module: str, root: Root, **variables: str) -> None:
    """A step of the digits example, to its end."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=EXAMPLE,
        env={**os.environ, **root.variables(**variables), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def wait_until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)


class Agents:
    """`folder` holds one root for each of the two; what a Job's Pods share is shared."""

    def __init__(self, folder: Path, images: Path, epochs: int) -> None:
        self.roots = [Root(folder / str(i)) for i in range(2)]
        self._shared = folder
        self._logs = [folder / f"log{i}" for i in range(2)]
        for root in self.roots:
            root.params(learningRate=0.002, batchSize=64, epochs=epochs)
            (root.path / "input").mkdir()
            (root.path / "input" / "images").symlink_to(images)
            for name in SHARED:
                (folder / name).mkdir(exist_ok=True)
                (root.path / name).symlink_to(folder / name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
        self.processes = [self._start(i) for i in range(2)]

    def _start(self, index: int) -> subprocess.Popen[bytes]:
        pet = torchrun_variables(Gang(nodes=2, processes=1, torchrun=True, at=()), retries=3)
        pet |= {"PET_RDZV_ENDPOINT": self._endpoint, "PET_RDZV_ID": "a-run"}
        run = self.roots[index].variables(TRIMTAB_SEED="7", TRIMTAB_CHECKPOINT_SECONDS="1")
        argv = [sys.executable, *TORCHRUN[1:], sys.executable, "-m", "digits.train"]
        with self._logs[index].open("ab") as log:
            return subprocess.Popen(
                argv, cwd=EXAMPLE, env={**os.environ, **run, **pet}, stdout=log, stderr=log
            )

    def worker_of(self, index: int) -> int:
        agent = self.processes[index].pid
        children = Path(f"/proc/{agent}/task/{agent}/children").read_text().split()
        return int(children[0])

    def leader(self) -> int:
        """The worker of rank 0, which alone reports."""
        (index,) = [i for i, log in enumerate(self._logs) if '"epoch": 1,' in log.read_text()]
        return self.worker_of(index)

    def start_again(self, index: int) -> None:
        self.processes[index].wait(DEADLINE)
        self.processes[index] = self._start(index)

    def terminate(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(DEADLINE)

    def wait_for_epoch(self, number: int) -> None:
        wait_until(lambda: f'"epoch": {number},' in self.logs, lambda: self.logs)

    def wait(self) -> None:
        """Until both end well. As a Job does, an agent that fails is started again."""

        def ended(index: int) -> bool:
            code = self.processes[index].poll()
            if code:
                self.start_again(index)
            return code == 0

        wait_until(lambda: all([ended(0), ended(1)]), lambda: self.logs)

    @property
    def logs(self) -> str:
        return "".join(log.read_text() for log in self._logs)

    @property
    def words(self) -> Any:
        """The leader's; the other has none."""
        said = [root.path / "termination-log" for root in self.roots]
        (text,) = [file.read_text() for file in said if file.exists()]
        return json.loads(text)

    @property
    def checkpoints(self) -> list[str]:
        return sorted(file.name for file in (self._shared / "checkpoints").iterdir())

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()  # its worker dies with it
            process.wait()


@contextmanager
def training(folder: Path, images: Path, epochs: int = 12) -> Iterator[Agents]:
    agents = Agents(folder, images, epochs)
    try:
        yield agents
    finally:
        agents.close()
