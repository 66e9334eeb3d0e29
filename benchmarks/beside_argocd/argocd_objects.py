"""What Argo CD finds in its cluster and in its repository: its kinds and settings as published, an Application a system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from control_plane import ControlPlane, crds

from benchmarks.at_rest.applications import application, names
from benchmarks.at_rest.arena import committed
from benchmarks.at_rest.strangers import Owner
from benchmarks.beside_argocd.keeper import Size

HOME = "argocd"
"""Its namespace."""
OWNER = Owner("app.kubernetes.io/part-of", "argocd-controller")
API = f"/apis/argoproj.io/v1alpha1/namespaces/{HOME}"
IN_CLUSTER = "https://kubernetes.default.svc"
"""What it calls the cluster that it runs in."""


def install(plane: ControlPlane, manifests: Path) -> None:
    """With the project that its API server would make. `manifests` is a folder of its sources."""
    plane.api.create("/api/v1/namespaces", {"metadata": {"name": HOME}})
    crds.serve(plane, crds.definitions(manifests / "crds"))
    settings = str(manifests / "base" / "config")
    plane.kubectl("apply", "--server-side", "--namespace", HOME, "--kustomize", settings)
    anything = {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}], "sourceRepos": ["*"]}
    spec = {**anything, "destinations": [{"namespace": "*", "server": "*"}]}
    plane.api.create(f"{API}/appprojects", _body("AppProject", "default", spec))


def ask(plane: ControlPlane, folder: Path, size: Size) -> None:
    """Commits all manifests to a repository in `folder`, and creates the Applications."""
    repository = committed(folder, {name: _manifests(name, size) for name in size.names})
    for name in size.names:
        plane.api.create(f"{API}/applications", _application(name, repository))


def synced(plane: ControlPlane) -> int:
    """How many Applications are as they should be."""
    states = [each.get("status", {}) for each in plane.api.get(f"{API}/applications")["items"]]
    told = [[state.get(part, {}).get("status") for part in ("sync", "health")] for state in states]
    return told.count(["Synced", "Healthy"])


def _manifests(system: str, size: Size) -> str:
    """Each object with a label that a stranger can strip."""
    bodies = [body for name in names(size.applications) for body in application(name).values()]
    for body in bodies:
        body["metadata"]["labels"] = {OWNER.label: system}
    return "---\n".join(f"{json.dumps(body)}\n" for body in bodies)


def _application(system: str, repository: Path) -> dict[str, Any]:
    automated = {"prune": True, "selfHeal": True}
    spec = {
        "project": "default",
        "source": {"repoURL": repository.as_uri(), "path": system, "targetRevision": "main"},
        "destination": {"server": IN_CLUSTER, "namespace": system},
        "syncPolicy": {"automated": automated, "syncOptions": ["CreateNamespace=true"]},
    }
    return _body("Application", system, spec)


def _body(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": HOME}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
