"""Pods that a Pod Security Standard refuses, each by one change of a sound one, with the standards that refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from own_objects import pod_spec

BOTH, RESTRICTED, NONE = frozenset({"baseline", "restricted"}), frozenset({"restricted"}), frozenset[str]()
LEVELS = ("privileged", "baseline", "restricted")
CONTEXT, CONTAINER = ("securityContext",), ("containers", 0)
OWN = (*CONTAINER, "securityContext")


class Variant(NamedTuple):
    """`change`: place in a Pod's spec -> value; `refused` by these standards."""

    change: Mapping[tuple[str | int, ...], Any]
    refused: frozenset[str]


def _volume(kind: str, source: Any) -> dict[tuple[str | int, ...], Any]:
    return {("volumes",): [{"name": "v", kind: source}]}


VARIANTS = {
    "sound": Variant({}, NONE),
    "host network": Variant({("hostNetwork",): True}, BOTH),
    "host processes": Variant({("hostPID",): True}, BOTH),
    "host IPC": Variant({("hostIPC",): True}, BOTH),
    "host path": Variant(_volume("hostPath", {"path": "/"}), BOTH),
    "a network file system": Variant(_volume("nfs", {"server": "a", "path": "/"}), RESTRICTED),
    "an empty folder": Variant(_volume("emptyDir", {}), NONE),
    "an image": Variant(_volume("image", {"reference": "a"}), NONE),
    "privileged": Variant({(*OWN, "privileged"): True, (*OWN, "allowPrivilegeEscalation"): None}, BOTH),
    "a capability of the default": Variant({(*OWN, "capabilities", "add"): ["CHOWN"]}, RESTRICTED),
    "a capability beyond": Variant({(*OWN, "capabilities", "add"): ["NET_ADMIN"]}, BOTH),
    "low ports": Variant({(*OWN, "capabilities", "add"): ["NET_BIND_SERVICE"]}, NONE),
    "no capability dropped": Variant({(*OWN, "capabilities"): None}, RESTRICTED),
    "others dropped": Variant({(*OWN, "capabilities"): {"drop": ["CHOWN"]}}, RESTRICTED),
    "escalation unsaid": Variant({(*OWN, "allowPrivilegeEscalation"): None}, RESTRICTED),
    "escalation": Variant({(*OWN, "allowPrivilegeEscalation"): True}, RESTRICTED),
    "a host port": Variant({(*CONTAINER, "ports"): [{"containerPort": 80, "hostPort": 80}]}, BOTH),
    "a port": Variant({(*CONTAINER, "ports"): [{"containerPort": 80}]}, NONE),
    "root unsaid": Variant({(*CONTEXT, "runAsNonRoot"): None}, RESTRICTED),
    "root said by the container": Variant(
        {(*CONTEXT, "runAsNonRoot"): None, (*OWN, "runAsNonRoot"): True}, NONE
    ),
    "root allowed by the container": Variant({(*OWN, "runAsNonRoot"): False}, RESTRICTED),
    "root by number": Variant({(*CONTEXT, "runAsUser"): 0}, RESTRICTED),
    "a user": Variant({(*CONTEXT, "runAsUser"): 7}, NONE),
    "root in a namespace of its own": Variant(
        {(*CONTEXT, "runAsNonRoot"): None, ("hostUsers",): False}, NONE
    ),
    "no seccomp": Variant({(*CONTEXT, "seccompProfile"): None}, RESTRICTED),
    "seccomp of the container": Variant(
        {(*CONTEXT, "seccompProfile"): None, (*OWN, "seccompProfile"): {"type": "RuntimeDefault"}}, NONE
    ),
    "seccomp off": Variant({(*OWN, "seccompProfile"): {"type": "Unconfined"}}, BOTH),
    "seccomp off for the Pod": Variant({(*CONTEXT, "seccompProfile"): {"type": "Unconfined"}}, BOTH),
    "AppArmor off": Variant({(*OWN, "appArmorProfile"): {"type": "Unconfined"}}, BOTH),
    "AppArmor": Variant({(*CONTEXT, "appArmorProfile"): {"type": "RuntimeDefault"}}, NONE),
    "SELinux type": Variant({(*CONTEXT, "seLinuxOptions"): {"type": "spc_t"}}, BOTH),
    "SELinux type that may be": Variant({(*CONTEXT, "seLinuxOptions"): {"type": "container_engine_t"}}, NONE),
    "SELinux user": Variant({(*OWN, "seLinuxOptions"): {"user": "x"}}, BOTH),
    "an unsafe sysctl": Variant({(*CONTEXT, "sysctls"): [{"name": "kernel.msgmax", "value": "1"}]}, BOTH),
    "a safe sysctl": Variant({(*CONTEXT, "sysctls"): [{"name": "net.ipv4.tcp_rmem", "value": "1"}]}, NONE),
    "a sysctl of late": Variant(
        {(*CONTEXT, "sysctls"): [{"name": "net.ipv4.tcp_notsent_lowat", "value": "1"}]}, NONE
    ),
    "a probe elsewhere": Variant(
        {(*CONTAINER, "livenessProbe"): {"httpGet": {"host": "a.b", "port": 80}}}, BOTH
    ),
    "a hook elsewhere": Variant(
        {(*CONTAINER, "lifecycle"): {"preStop": {"httpGet": {"host": "a.b", "port": 80}}}}, BOTH
    ),
    "a probe": Variant({(*CONTAINER, "livenessProbe"): {"httpGet": {"port": 80}}}, NONE),
    "an unmasked /proc": Variant({(*OWN, "procMount"): "Unmasked", ("hostUsers",): False}, RESTRICTED),
    "an init container": Variant({("initContainers",): [{"name": "i", "image": "a"}]}, RESTRICTED),
}


def pod(variant: Variant) -> dict[str, Any]:
    """Its spec; None removes."""
    spec: Any = deepcopy(pod_spec())
    for place, value in variant.change.items():
        holder = spec
        for key in place[:-1]:
            holder = holder[key]
        if value is None:
            holder.pop(place[-1], None)
        else:
            holder[place[-1]] = value
    found: dict[str, Any] = spec
    return found
