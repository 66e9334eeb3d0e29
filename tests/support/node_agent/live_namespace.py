"""One namespace of a live cluster, as a test uses it: objects made and looked at, conditions waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from control_plane import Access, Refused

from node_agent.api import path

PATIENCE = 120.0
SHOWN = 5000
"""Characters of the agent's log."""

PLURALS = {
    "Job": ("batch/v1", "jobs"),
    "Deployment": ("apps/v1", "deployments"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices"),
}


class LiveNamespace:
    def __init__(self, plane: Access, name: str, agent_log: Path) -> None:
        self.plane = plane
        self.name = name
        self._agent_log = agent_log

    def create(self, kind: str, name: str, body: Mapping[str, Any]) -> None:
        """`body` is all that stands beside `metadata`, or in it."""
        group, plural = PLURALS.get(kind, ("v1", f"{kind.lower()}s"))
        metadata = {**body.get("metadata", {}), "name": name}
        whole = {**body, "apiVersion": group, "kind": kind, "metadata": metadata}
        self.plane.api.create(path(group, plural, self.name), whole)

    def get(self, kind: str, name: str, subresource: str = "") -> dict[str, Any]:
        """Empty where there is none."""
        group, plural = PLURALS.get(kind, ("v1", f"{kind.lower()}s"))
        try:
            found: dict[str, Any] = self.plane.api.get(path(group, plural, self.name, name, subresource))
        except Refused as refused:
            if refused.code != 404:
                raise
            return {}
        return found

    def delete(self, kind: str, name: str) -> None:
        group, plural = PLURALS.get(kind, ("v1", f"{kind.lower()}s"))
        self.plane.api.delete(path(group, plural, self.name, name) + "?propagationPolicy=Background")

    def pods(self, selector: str = "") -> list[dict[str, Any]]:
        query = f"?labelSelector={selector.replace('=', '%3D')}" if selector else ""
        items: list[dict[str, Any]] = self.plane.api.get(path("v1", "pods", self.name) + query)["items"]
        return items

    def patch(self, kind: str, name: str, body: Mapping[str, Any]) -> None:
        group, plural = PLURALS.get(kind, ("v1", f"{kind.lower()}s"))
        where = path(group, plural, self.name, name)
        self.plane.api.request("PATCH", where, body, "application/merge-patch+json")

    def log(self, pod: str, container: str = "main") -> str:
        return str(self.plane.kubectl("logs", pod, "-c", container, "-n", self.name))

    def until(self, condition: Callable[[], object], what: str) -> Any:
        """What the condition gave when it held. On failure the Pods are shown, and what the agent had to say."""
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, f"{what} did not come true; {self._shown()}"
            time.sleep(0.05)
        return found

    def _shown(self) -> str:
        told = [(pod["metadata"]["name"], pod["status"]) for pod in self.pods()]
        events = self.plane.kubectl("get", "events", "-n", self.name)
        return f"Pods: {told}\n{events}\n{self._agent_log.read_text()[-SHOWN:]}"
