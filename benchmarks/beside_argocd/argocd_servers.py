"""The programs of Argo CD as processes of this machine: application controller, repo server, and the Redis between them.

Where they have no flag of their own they run as in its manifests; what a Pod would give them is in their environment.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from control_plane import DidNotStart
from control_plane.held_servers import HeldServer
from control_plane.ports import free_ports

from benchmarks.beside_argocd.argocd_objects import HOME

REPO_SERVER, CONTROLLER = "argocd-repo-server", "argocd-application-controller"
NO_KEYRING = "ARGOCD_GPG_ENABLED=false"
"""The script below asks git about each commit all the same."""
SCRIPT = "hack/git-verify-wrapper.sh"


class Servers(NamedTuple):
    cache: HeldServer
    repo_server: HeldServer
    controller: HeldServer

    @property
    def processes(self) -> dict[str, int]:
        """Without the cache: a Redis in memory is not what people have there."""
        return {
            "application controller": self.controller.process_number,
            "repo server": self.repo_server.process_number,
        }

    def check(self) -> None:
        """Raises `DidNotStart`."""
        for each in self:
            if not each.is_alive:
                raise DidNotStart(f"a server of Argo CD has ended: {each.last_words}")


@contextmanager
def started(programs: Path, sources: Path, folder: Path, kubeconfig: Path) -> Iterator[Servers]:
    """`sources` is Argo CD's own folder, `folder` is for what they write."""
    named = _named(programs / "argocd", sources, folder / "named")
    cache, manifests, *metrics = free_ports(4)
    redis = f"--redis=127.0.0.1:{cache}"
    repo_server = ["--address=127.0.0.1", f"--port={manifests}", redis, f"--metrics-port={metrics[0]}"]
    from_it = f"--repo-server=127.0.0.1:{manifests}"
    controller = [f"--namespace={HOME}", from_it, redis, f"--metrics-port={metrics[1]}"]
    files = (
        f"ARGOCD_ASK_PASS_SOCK={folder / 'ask-pass'}",
        f"TMPDIR={folder}",
        f"PATH={named}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    )
    access = ("ARGOCD_FAKE_IN_CLUSTER=true", f"KUBECONFIG={kubeconfig}")
    with ExitStack() as stack:

        def hold(program: Path, arguments: Sequence[str], variables: Sequence[str] = ()) -> HeldServer:
            prefix = ("env", NO_KEYRING, *variables)
            server = HeldServer(program, arguments, folder / f"{program.name}.log", prefix)
            stack.callback(server.kill)
            return server

        yield Servers(
            hold(programs / "cache", [f"127.0.0.1:{cache}"]),
            hold(named / REPO_SERVER, repo_server, files),
            hold(named / CONTROLLER, controller, access),
        )


def _named(program: Path, sources: Path, folder: Path) -> Path:
    """A folder with Argo CD's one program under the names by which it knows what to be, and its script."""
    folder.mkdir()
    for name in (REPO_SERVER, CONTROLLER):
        (folder / name).symlink_to(program)
    shutil.copyfile(sources / SCRIPT, script := folder / Path(SCRIPT).name)
    script.chmod(0o755)  # no file in Go's cache is executable
    return folder
