"""A system of a test on a real cluster, whose Pods are processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cluster_access import cluster_at
from control_plane import Refused, kubeconfigs
from node_agent import Image, this_python
from node_agent.fixtures import ClusterWithNodes
from node_agent.program import first_process, read_process

from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.local.launch import State

REGISTRY = "registry.example.com/trimtab"
FAKE_MODEL_SERVER = Path(__file__).with_name("fake_model_server")


def images() -> dict[str, Image]:
    """What the examples name: all of it is the Python of the tests. The small one's model server is a fake."""
    python = this_python()
    fake = replace(python, path=(str(FAKE_MODEL_SERVER), *python.path), env={"REAL_PYTHON": sys.executable})
    real = {f"{REGISTRY}/{name}": python for name in ("digits", "runtime", "blink")}
    return {**real, f"{REGISTRY}/blink-runtime": fake}


class ClusterHome:
    """A namespace of a real cluster, written by somebody with the least rights that it takes and no others."""

    arguments = ("-e", "cluster")

    def __init__(self, cluster: ClusterWithNodes, folder: Path, namespace: str) -> None:
        self._cluster, self._namespace, self._folder = cluster, namespace, folder
        plane = cluster.plane
        self._writer = f"writer-of-{namespace}"
        self._administrator = {"KUBECONFIG": str(self._kubeconfig("administrator", ["system:masters"]))}
        self.variables = {"KUBECONFIG": str(self._kubeconfig(self._writer, []))}
        cluster.agent.add_images(images())
        self.kubectl = plane.kubectl

    def prepare(self, program: Path, system: Path) -> None:
        """What an administrator does, by the commands that administrators are given."""
        told = {**os.environ, **self._administrator}
        subprocess.run([program, "cluster", "install"], env=told, check=True, capture_output=True)
        rights = subprocess.run(
            [program, "cluster", "rights", *self.arguments, "--for", f"user:{self._writer}"],
            cwd=system,
            env=told,
            check=True,
            capture_output=True,
        ).stdout
        file = self._folder / "rights.yaml"
        file.write_bytes(rights)
        self.kubectl("apply", "-f", str(file))

    @property
    def volumes(self) -> Sequence[Path]:
        return list((self._nodes / "claims").glob(f"{self._namespace}.*"))

    @property
    def pods(self) -> Path:
        return self._nodes / "pods"

    @property
    def _nodes(self) -> Path:
        return self._cluster.network.directory / "nodes"

    def process(self, container: Path) -> int:
        runs = read_process(container).state is State.RUNNING
        return first_process(container)[1] if runs else 0

    def connect(self) -> Cluster:
        return cluster_at(self._cluster.plane.kubeconfig)

    def reach(self, address: str) -> str:
        place = urlsplit(address)
        host = place.hostname or ""
        if host.endswith(".svc"):
            name, namespace, _ = host.split(".")
            service = self._cluster.plane.api.get(f"/api/v1/namespaces/{namespace}/services/{name}")
            host = service["spec"]["clusterIP"]
        return f"http://127.0.0.1:{self._cluster.network.reach(host, place.port or 80)}"

    def kill_engine(self) -> None:
        self._cluster.plane.kill_api_server()

    def revive_engine(self) -> None:
        self._cluster.plane.restart_api_server()

    def forget(self) -> None:
        self.kubectl("delete", "runs,mlsystems", "--all", "-n", self._namespace)

    def end(self) -> None:
        try:
            self._cluster.plane.api.delete(f"/api/v1/namespaces/{self._namespace}")
        except Refused as refused:
            if refused.code != 404:
                raise
            return
        self.kubectl("wait", "--for=delete", f"namespace/{self._namespace}", "--timeout=120s")

    def _kubeconfig(self, user: str, groups: Sequence[str]) -> Path:
        """Its context is called as the environment's cluster is."""
        plane = self._cluster.plane
        pair, file = plane.authority.client(user, groups), self._folder / f"{user}.kubeconfig"
        return kubeconfigs.write(
            file, plane.url, plane.authority.certificate, pair, context=self.arguments[-1]
        )
