"""Where the programs of a control plane come from: `KUBEBUILDER_ASSETS` where it holds them all, else our own build."""

from __future__ import annotations

import os
from pathlib import Path

from control_plane.building import programs
from control_plane.reports import say

SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
CLIENTS = ("kubectl",)


def find_programs() -> dict[str, Path]:
    """The path of each program by name. Raises `CannotBuild`."""
    names = (*SERVERS, *CLIENTS, "etcd")
    given = os.environ.get("KUBEBUILDER_ASSETS")
    if given:
        missing = [name for name in names if not (Path(given) / name).exists()]
        if not missing:
            return {name: Path(given) / name for name in names}
        say(f"KUBEBUILDER_ASSETS has no {', '.join(missing)}: versions are not mixed, all is built instead.")
    etcd = programs("etcd", renamed={"server": "etcd"})
    kubernetes = programs("kubernetes")
    return {"etcd": etcd / "etcd", **{name: kubernetes / name for name in (*SERVERS, *CLIENTS)}}
