"""Controllers that are not Kubernetes' own, run as Pods of the manifests that their authors publish."""

from __future__ import annotations

from typing import Any

from control_plane import Access
from control_plane.controllers import manifests, program

from node_agent.agent import NodeAgent
from node_agent.images import Image

USER = 65532
"""Of the images that they are published in."""
PATIENCE = "120s"


def run(plane: Access, agent: NodeAgent, *systems: str) -> None:
    """They answer, webhooks included, when this returns. Raises `CannotBuild`."""
    for system in systems:
        published = manifests(plane, system)
        image = Image(files={"/manager": str(program(system))}, user=USER)
        agent.add_images(dict.fromkeys(_images(published), image))
        plane.kubectl(
            "apply",
            "--server-side",
            "-f",
            "-",
            stdin={"apiVersion": "v1", "kind": "List", "items": published},
        )
        for deployment in (each["metadata"] for each in published if each["kind"] == "Deployment"):
            wait = ("wait", f"deployment/{deployment['name']}", "-n", deployment["namespace"])
            plane.kubectl(*wait, "--for=condition=Available", f"--timeout={PATIENCE}")


def _images(published: list[dict[str, Any]]) -> list[str]:
    return [
        container["image"]
        for each in published
        if each["kind"] == "Deployment"
        for container in each["spec"]["template"]["spec"]["containers"]
    ]
