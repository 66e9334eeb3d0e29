"""The contestants that are one command: the raw writer, `kubectl apply --server-side`, `kapp deploy`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from control_plane.building import programs

from benchmarks.applying.applications import objects
from benchmarks.applying.contestant import Contestant, Passes, Ring, once
from benchmarks.processes import taken

RAW_WRITER = Path(__file__).with_name("raw_writer.py")
GROUPS = ["system:masters"]


def raw(ring: Ring) -> Passes:
    pair = ring.plane.authority.client(ring.user, GROUPS)
    keys = [ring.plane.authority.certificate, *pair]
    file = ring.folder / "objects.json"
    file.write_text(json.dumps(placed(ring)))
    return _of(sys.executable, RAW_WRITER, ring.plane.url, *keys, file)


def kubectl(ring: Ring) -> Passes:
    options: list[str | Path] = ["--kubeconfig", ring.kubeconfig, "--cache-dir", ring.folder / "cache"]
    return _of(ring.plane.programs["kubectl"], *options, "apply", "--server-side", "-f", listed(ring))


def kapp(ring: Ring) -> Passes:
    program = programs("kapp") / "kapp"
    where: list[str | Path] = ["--kubeconfig", ring.kubeconfig, "--namespace", ring.namespace]
    return _of(program, "deploy", "--yes", "--app", "apps", "--file", listed(ring), *where)


def placed(ring: Ring) -> list[dict[str, object]]:
    """The objects, each with the namespace in it."""
    return [
        {**each, "metadata": {**each["metadata"], "namespace": ring.namespace}}
        for each in objects(ring.applications)
    ]


def listed(ring: Ring) -> Path:
    """A file of as many YAML documents as there are objects."""
    file = ring.folder / "objects.yaml"
    file.write_text("---\n".join(f"{json.dumps(each)}\n" for each in placed(ring)))
    return file


def _of(*command: str | Path) -> Passes:
    return once(lambda: taken([str(part) for part in command]))


RAW = Contestant("raw", "a program of 50 lines, 24 PATCH requests in flight", raw)
KUBECTL = Contestant("kubectl", "`kubectl apply --server-side -f FILE`", kubectl)
KAPP = Contestant("kapp", "`kapp deploy --yes -f FILE`, which waits until all is well", kapp)
