"""A real control plane: etcd, API server, controllers and scheduler as processes of this machine, in one folder.

It is started, used and thrown away: nothing of it survives `stop`, and none of its processes survives ours. It has no
nodes, so no Pod runs by it alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from control_plane import arguments, kubeconfigs
from control_plane.access import Access
from control_plane.arguments import Keys, Places
from control_plane.audit import POLICY
from control_plane.authority import Authority, token_keys
from control_plane.held_servers import HeldServer
from control_plane.ports import free_ports
from control_plane.servers import find_programs

READY_SECONDS = 120
SERVICE_RANGE = "10.96.0.0/16"
REQUESTS_PER_SECOND = 20
"""As Kubernetes has it."""
USUAL_PORTS = (6443, 2379, 2380)
READY = (sys.executable, "-I", "-S", str(Path(__file__).with_name("wait_until_ready.py")))


class DidNotStart(Exception):
    """A server ended, or did not answer in time; with the last lines of its log."""


def start(
    *,
    address: str = "127.0.0.1",
    service_range: str = SERVICE_RANGE,
    prefix: Sequence[str] = (),
    reach: Callable[[str, int], int] | None = None,
    folder: Path | None = None,
    requests_per_second: int = REQUESTS_PER_SECOND,
) -> ControlPlane:
    """Ready to be used when it returns, some seconds later. Raises `CannotBuild`, `DidNotStart`.

    `prefix` is an argv that each server is started with, to put it into a network namespace of its own (`ip netns
    exec NAME`); `address` is then one that exists there, and ports are the usual ones. `reach` gives a port of our own
    loopback address that leads to an address and port there: without it, only what is started with the prefix gets at
    the API server. `folder` must be empty; without
    one it is a temporary one. `requests_per_second` is what each controller limits itself to.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="control-plane-")) if folder is None else folder
    port, etcd_port, peer_port = USUAL_PORTS if prefix else free_ports(3)
    doors = (reach(address, port), reach("127.0.0.1", etcd_port)) if reach else None
    places = Places(folder, address, service_range, port, etcd_port, peer_port, doors)
    plane = ControlPlane(programs, places, prefix, requests_per_second)
    try:
        plane.start()
    except BaseException:
        plane.stop()
        raise
    return plane


class ControlPlane(Access):
    """What `start` gives. As a context manager it is stopped at the end."""

    def __init__(
        self,
        programs: dict[str, Path],
        places: Places,
        prefix: Sequence[str],
        requests_per_second: int = REQUESTS_PER_SECOND,
    ) -> None:
        for part in ("keys", "users"):
            (places.folder / part).mkdir(parents=True)
        super().__init__(programs, places, prefix, Authority.new(places.folder / "keys", "authority"))
        self._keys = _keys(places, self.authority)
        self._servers: dict[str, HeldServer] = {}
        self._requests_per_second = requests_per_second

    @property
    def process_numbers(self) -> dict[str, int]:
        """By the name of the server."""
        return {name: server.process_number for name, server in self._servers.items()}

    def start(self) -> None:
        (self.folder / "audit-policy.json").write_text(json.dumps(POLICY))
        self._hold("etcd", arguments.etcd(self.places))
        self._start_api_server()
        manager = arguments.controller_manager(
            self._keys, self._component("controller-manager"), self._requests_per_second
        )
        self._hold("kube-controller-manager", manager)
        self._hold("kube-scheduler", arguments.scheduler(self._component("scheduler")))
        self.write_facts()

    def kill_api_server(self) -> None:
        """As by a crash. What it had answered is kept by etcd."""
        self._servers["kube-apiserver"].kill()

    def restart_api_server(self) -> None:
        """Ready when it returns, at the same address; its caches are as new."""
        self.kill_api_server()
        self._start_api_server()

    def stop(self) -> None:
        """Kills every server and removes the folder. Can be repeated."""
        for server in reversed(self._servers.values()):
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _component(self, name: str) -> Path:
        """The kubeconfig of one of Kubernetes' own programs."""
        pair = self.authority.client(f"system:kube-{name}")
        return kubeconfigs.write(
            self.folder / f"{name}.kubeconfig", self.places.url, self.authority.certificate, pair
        )

    def _start_api_server(self) -> None:
        policy = self.folder / "audit-policy.json"
        server = self._hold("kube-apiserver", arguments.api_server(self.places, self._keys, policy))
        wait = [*self.prefix, *READY, self.places.url, str(self.authority.certificate), str(READY_SECONDS)]
        with subprocess.Popen(wait) as waiting:
            while waiting.poll() is None and server.is_alive:
                try:
                    waiting.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
            waiting.kill()
        if waiting.returncode:
            raise DidNotStart(f"the API server is not ready:\n{server.last_words}")

    def _hold(self, name: str, argv: Sequence[str]) -> HeldServer:
        log = self.folder / f"{name}.log"
        self._servers[name] = HeldServer(self.programs[name], argv, log, self.prefix, self.folder)
        return self._servers[name]


def _keys(places: Places, authority: Authority) -> Keys:
    folder = places.folder / "keys"
    front = Authority.new(folder, "front-authority")
    return Keys(
        authority=authority.pair,
        server=authority.server("kube-apiserver", places.names),
        kubelet_client=authority.client("kube-apiserver-kubelet-client", ["system:masters"]),
        front_authority=front.certificate,
        front_client=front.client("front-proxy-client"),
        tokens=token_keys(folder),
    )
