"""A real Kubernetes control plane for tests and benchmarks, built from pinned Go modules, on this machine alone.

    with control_plane.start() as plane:
        plane.kubectl("get", "namespaces")

It is no cluster to keep anything in: its keys lie open in its folder, and its database does not wait for the disk.
"""

from control_plane.access import Access, connect
from control_plane.api import Refused
from control_plane.audit import Request
from control_plane.plane import ControlPlane, DidNotStart, start
from control_plane.reports import CannotBuild
from control_plane.users import Identity

__all__ = [
    "Access",
    "CannotBuild",
    "ControlPlane",
    "DidNotStart",
    "Identity",
    "Refused",
    "Request",
    "connect",
    "start",
]
