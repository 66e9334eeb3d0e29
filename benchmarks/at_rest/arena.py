"""A control plane, a repository of specs, and one daemon that follows it with rights of its own and no others.

The daemon is a process as people start it. That it is ready is seen in the status of its systems and in the audit
log; nothing is asked of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import control_plane
from control_plane import ControlPlane, Request, kubeconfigs

from benchmarks.at_rest.applications import CLUSTER, ENVIRONMENT, spec
from benchmarks.processes import PROGRAMS

DAEMON = "daemon"
"""Its user."""
TRIMTAB = PROGRAMS / "trimtab"
GIVE_UP_SECONDS = 3600
QUIET_SECONDS = 20
"""Without a request for this long, a daemon is taken to be at rest."""
SYSTEMS = "/apis/trimtab.dev/v1/mlsystems?includeObject=None"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Arena:
    """`started` is when the daemon was, by `time.monotonic`."""

    plane: ControlPlane
    daemon: subprocess.Popen[bytes]
    journal: Path
    systems: tuple[str, ...]
    started: float

    @property
    def process(self) -> int:
        """The daemon's number. Raises `SystemExit` with its last words where it has ended."""
        if self.daemon.poll() is not None:
            raise SystemExit(f"the daemon has ended:\n{self.journal.read_text()[-2000:]}")
        return self.daemon.pid

    def requests(self, since: int) -> list[Request]:
        return self.plane.audit.requests(since, user=DAEMON)

    def wait_until_applied(self) -> float:
        """Seconds from the daemon's start until each of its systems was said to be as its spec says."""
        self._wait(lambda: self._ready() == len(self.systems), "systems ready", self._progress)
        return time.monotonic() - self.started

    def wait_until_quiet(self) -> None:
        mark, since = self.plane.audit.mark(), time.monotonic()

        def is_quiet() -> bool:
            nonlocal mark, since
            if any(map(is_work, self.requests(mark))):
                mark, since = self.plane.audit.mark(), time.monotonic()
            return time.monotonic() - since > QUIET_SECONDS

        self._wait(is_quiet, "quiet", lambda: f"{time.monotonic() - since:.0f} s without a request")

    def _wait(self, condition: Callable[[], bool], what: str, progress: Callable[[], str]) -> None:
        deadline, told = time.monotonic() + GIVE_UP_SECONDS, 0.0
        while not condition():
            if time.monotonic() > deadline:
                raise SystemExit(f"not {what} in {GIVE_UP_SECONDS} s:\n{self.journal.read_text()[-2000:]}")
            if time.monotonic() - told > QUIET_SECONDS:
                told = time.monotonic()
                say(progress())
            time.sleep(1 if self.process else 0)

    def _ready(self) -> int:
        table = self.plane.api.get(SYSTEMS, accept=TABLE)
        column = [each["name"] for each in table["columnDefinitions"]].index("Ready")
        return sum(row["cells"][column] == "True" for row in table["rows"])

    def _progress(self) -> str:
        writes = sum(each.verb == "patch" for each in self.requests(0))
        return f"{self._ready()} of {len(self.systems)} systems ready, {writes} writes"


def is_work(request: Request) -> bool:
    """All but what a daemon at rest is allowed: its watches, and the leases by which it is the only writer."""
    return request.verb != "watch" and request.resource != "leases"


def counted(requests: list[Request]) -> Counter[str]:
    """By verb and resource."""
    return Counter(f"{each.verb} {each.resource or each.uri}" for each in requests)


@contextmanager
def arena(systems: int, applications: int) -> Iterator[Arena]:
    with TemporaryDirectory(prefix="at-rest-") as top, control_plane.start() as plane:
        folder = Path(top)
        administrator = kubeconfig(plane, folder, "administrator", "system:masters")
        run(folder, administrator, TRIMTAB, "cluster", "install")
        names = tuple(f"shop-{number:02}" for number in range(systems))
        repository = committed(folder / "repository", {name: spec(name, applications) for name in names})
        rights = run(
            folder, administrator, TRIMTAB, "cluster", "rights", "--everywhere", "--for", f"user:{DAEMON}"
        )
        (folder / "rights.yaml").write_text(rights)
        plane.kubectl("apply", "-f", str(folder / "rights.yaml"))
        own = kubeconfig(plane, folder, DAEMON)
        journal = folder / "journal"
        say(f"{systems * applications * 4} objects in {systems} systems on {plane.url}")
        with journal.open("wb") as log:
            argv = [str(TRIMTAB), "daemon", *(f"{name}/mlsystem.yaml" for name in names), "-e", ENVIRONMENT]
            daemon = subprocess.Popen(argv, cwd=repository, env=environment(own), stdout=log, stderr=log)
            try:
                yield Arena(plane, daemon, journal, names, time.monotonic())
            finally:
                daemon.terminate()
                daemon.wait()


def kubeconfig(plane: ControlPlane, folder: Path, user: str, *groups: str) -> Path:
    pair, file = plane.authority.client(user, groups), folder / f"{user}.kubeconfig"
    return kubeconfigs.write(file, plane.url, plane.authority.certificate, pair, context=CLUSTER)


def committed(folder: Path, specs: dict[str, str]) -> Path:
    for name, text in specs.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "mlsystem.yaml").write_text(text)
    identity = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), (*identity, "commit", "-qm", "First")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def run(folder: Path, kubeconfig: Path, *argv: str | Path) -> str:
    done = subprocess.run(
        argv, cwd=folder, env=environment(kubeconfig), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def environment(kubeconfig: Path) -> dict[str, str]:
    """Python keeps its bytecode, as where it was installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "KUBECONFIG": str(kubeconfig)}
