"""As whom a container runs: the security contexts of Pod and container, and what a kubelet refuses of them."""

from __future__ import annotations

from dataclasses import dataclass

from node_agent.api import Body
from node_agent.images import Image
from node_agent.references import CONFIG_ERROR
from trimtab.reconciler.local.controllers.hindrance import Hindered


@dataclass(frozen=True)
class Rights:
    uid: int
    gid: int
    groups: tuple[int, ...]
    no_new_privileges: bool
    read_only_root: bool


def rights(pod: Body, container: Body, image: Image) -> Rights:
    """Raises `Hindered`."""
    whole = pod["spec"].get("securityContext") or {}
    own = {**whole, **(container.get("securityContext") or {})}
    uid = own.get("runAsUser", image.user)
    if own.get("runAsNonRoot") and uid == 0:
        why = "container's runAsUser breaks non-root policy"
        if "runAsUser" not in own:
            why = "container has runAsNonRoot and image will run as root"
        raise Hindered(
            f"{why} (pod: {pod['metadata']['name']}, container: {container['name']})", CONFIG_ERROR
        )
    groups = [*(whole.get("supplementalGroups") or ()), *([whole["fsGroup"]] if "fsGroup" in whole else ())]
    return Rights(
        uid=uid,
        gid=own.get("runAsGroup", 0),
        groups=tuple(groups),
        no_new_privileges=own.get("allowPrivilegeEscalation") is False,
        read_only_root=bool(own.get("readOnlyRootFilesystem")),
    )
