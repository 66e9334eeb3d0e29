"""The Pod Security Standards, as an API server holds Pods to them: what it would refuse long after an apply went well.

Of a Pod that stands in a template it is told by nothing but an event of some controller; so it is told here, at its
line. What deprecated annotations say of AppArmor and seccomp is not read. Names and versions of the rules are those of
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.bundle import FieldPath
from trimtab.compiler.pod_templates import below

Body = Mapping[str, Any]

CAPABILITIES = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
VOLUMES = frozenset(
    {
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim"),
        *("projected", "secret"),
    }
)
PROFILES = frozenset({"RuntimeDefault", "Localhost"})
SELINUX_TYPES = {
    "": 0,
    "container_t": 0,
    "container_init_t": 0,
    "container_kvm_t": 0,
    "container_engine_t": 31,
}
"""Allowed types, by the minor of Kubernetes that allowed them."""
SYSCTLS = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
    "net.ipv4.tcp_notsent_lowat": 37,
    "net.ipv4.tcp_slow_start_after_idle": 37,
}
HOST_PROBES, USER_NAMESPACES = 34, 35
"""The minors that brought these rules."""


class Violation(NamedTuple):
    """`field` lies below the Pod's spec; `message` goes on from "its Pods: "."""

    field: FieldPath
    message: str


def violations(pod: Body, level: str, minor: int) -> Iterator[Violation]:
    """What of a Pod's spec `level` forbids in Kubernetes v1.`minor`."""
    if level == "privileged":
        return
    yield from _host(pod)
    uncovered = level == "baseline" and _is_apart(pod, minor)
    for place, context in _contexts(pod):
        yield from _context(context, place, minor, uncovered=uncovered)
    for place, container in _containers(pod):
        yield from _container(container, place, minor)
    if level == "restricted":
        yield from _restricted(pod, minor)


def _host(pod: Body) -> Iterator[Violation]:
    shared = {"hostNetwork": "network", "hostPID": "processes", "hostIPC": "shared memory"}
    for key, what in shared.items():
        if pod.get(key):
            yield Violation((key,), f"`{key}` gives them the node's {what}")
    for index, volume in enumerate(_items(pod.get("volumes"))):
        if volume.get("hostPath") is not None:
            yield Violation(("volumes", index, "hostPath"), "`hostPath` gives them the node's files")


def _is_apart(pod: Body, minor: int) -> bool:
    """In a user namespace of its own, where root is root of nothing else."""
    return pod.get("hostUsers") is False and minor >= USER_NAMESPACES


def _context(context: Body, place: FieldPath, minor: int, *, uncovered: bool) -> Iterator[Violation]:
    """A security context of the Pod or of one container. `uncovered`: it may see all of /proc."""
    if below(context, "windowsOptions", "hostProcess"):
        yield Violation((*place, "windowsOptions", "hostProcess"), "`hostProcess` gives them the node")
    if context.get("privileged"):
        yield Violation((*place, "privileged"), "`privileged` gives them every right on the node")
    if context.get("procMount", "Default") != "Default" and not uncovered:
        yield Violation((*place, "procMount"), "`procMount` uncovers parts of /proc")
    for key in ("seccompProfile", "appArmorProfile"):
        given = below(context, key, "type")
        if given is not None and given not in PROFILES:
            yield Violation((*place, key, "type"), f"`{key}` is {given}, not {_either(PROFILES)}")
    yield from _selinux(context, place, minor)
    for index, each in enumerate(_items(context.get("sysctls"))):
        if SYSCTLS.get(str(each.get("name")), minor + 1) > minor:
            yield Violation((*place, "sysctls", index), f"`{each.get('name')}` is none of the safe sysctls")


def _selinux(context: Body, place: FieldPath, minor: int) -> Iterator[Violation]:
    options, here = context.get("seLinuxOptions"), (*place, "seLinuxOptions")
    if SELINUX_TYPES.get(below(options, "type") or "", minor + 1) > minor:
        yield Violation((*here, "type"), f"`{below(options, 'type')}` is none of the allowed SELinux types")
    for key in ("user", "role"):
        if below(options, key):
            yield Violation((*here, key), f"`seLinuxOptions.{key}` may not be set")


def _container(container: Body, place: FieldPath, minor: int) -> Iterator[Violation]:
    added = below(container, "securityContext", "capabilities", "add") or ()
    for index, capability in enumerate(added):
        if capability not in CAPABILITIES:
            here = (*place, "securityContext", "capabilities", "add", index)
            yield Violation(here, f"the capability `{capability}` is more than containers have by default")
    for index, port in enumerate(_items(container.get("ports"))):
        if port.get("hostPort"):
            yield Violation((*place, "ports", index, "hostPort"), "`hostPort` takes a port of the node")
    for hook in _hooks(container) if minor >= HOST_PROBES else ():
        for action in ("httpGet", "tcpSocket"):
            if below(container, *hook, action, "host"):
                yield Violation((*place, *hook, action, "host"), "a probe or hook may not name a `host`")


def _hooks(container: Body) -> Iterator[tuple[str, ...]]:
    yield from (("livenessProbe",), ("readinessProbe",), ("startupProbe",))
    yield from (("lifecycle", "postStart"), ("lifecycle", "preStop"))


def _restricted(pod: Body, minor: int) -> Iterator[Violation]:
    for index, volume in enumerate(_items(pod.get("volumes"))):
        others = sorted(volume.keys() - VOLUMES - {"name", "hostPath"})
        if others and not volume.keys() & VOLUMES:
            yield Violation(("volumes", index, others[0]), f"a volume may not be `{others[0]}`")
    apart = _is_apart(pod, minor)
    for place, context in _contexts(pod):
        if context.get("runAsNonRoot") is False and not apart:
            yield Violation((*place, "runAsNonRoot"), "`runAsNonRoot: false` lets them run as root")
        if context.get("runAsUser") == 0 and not apart:
            yield Violation((*place, "runAsUser"), "`runAsUser: 0` is root")
    for place, container in _containers(pod):
        yield from _unsaid(pod, container, place, apart=apart)
        yield from _more_capabilities(container, place)


def _more_capabilities(container: Body, place: FieldPath) -> Iterator[Violation]:
    for index, capability in enumerate(below(container, "securityContext", "capabilities", "add") or ()):
        if capability in CAPABILITIES - {"NET_BIND_SERVICE"}:
            here = (*place, "securityContext", "capabilities", "add", index)
            yield Violation(here, f"the capability `{capability}` may not be added")


def _unsaid(pod: Body, container: Body, place: FieldPath, *, apart: bool) -> Iterator[Violation]:
    """What must be said and is not, as one fragment to write."""
    own, shared = below(container, "securityContext") or {}, below(pod, "securityContext") or {}
    windows = below(pod, "os", "name") == "windows"
    missing = []
    if own.get("allowPrivilegeEscalation") is not False and not windows:
        missing.append("allowPrivilegeEscalation: false")
    if "ALL" not in (below(own, "capabilities", "drop") or ()) and not windows:
        missing.append("capabilities: {drop: [ALL]}")
    if own.get("runAsNonRoot") is None and not shared.get("runAsNonRoot") and not apart:
        missing.append("runAsNonRoot: true")
    profile = own.get("seccompProfile") or shared.get("seccompProfile")
    if profile is None and not windows:
        missing.append("seccompProfile: {type: RuntimeDefault}")
    if missing:
        yield Violation(place, f"each container must say `securityContext: {{{', '.join(missing)}}}`")


def _contexts(pod: Body) -> Iterator[tuple[FieldPath, Body]]:
    for place, holder in (((), pod), *_containers(pod)):
        context = holder.get("securityContext")
        if isinstance(context, Mapping):
            yield (*place, "securityContext"), context


def _containers(pod: Body) -> Iterator[tuple[FieldPath, Body]]:
    for key in ("initContainers", "containers"):
        for index, container in enumerate(_items(pod.get(key))):
            yield (key, index), container


def _items(value: Any) -> list[Body]:
    return [each if isinstance(each, Mapping) else {} for each in value] if isinstance(value, list) else []


def _either(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
