"""Real controllers that run beside Kubernetes' own: the program, and the manifests that its authors publish for it.

They are run by whoever runs Pods; nothing is started here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from control_plane.access import Access
from control_plane.building import programs
from control_plane.sources import objects, source

MODULES = {
    "jobset": ("sigs.k8s.io/jobset", "jobset"),
    "kueue": ("sigs.k8s.io/kueue", "kueue"),
}
"""By system: the module that it comes from, and the name of its program."""


def program(system: str) -> Path:
    """Built now if need be, in some minutes. Raises `CannotBuild`."""
    return programs(system) / MODULES[system][1]


def manifests(plane: Access, system: str) -> list[dict[str, Any]]:
    """What `kubectl apply -k config/default` of its own repository would apply: namespace and CRDs first."""
    module, _ = MODULES[system]
    return objects(plane.kubectl("kustomize", str(source(module) / "config" / "default")))
