"""A Pod's status from what is known of its containers, as a kubelet writes it: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node_agent.api import Body
from node_agent.container import is_sidecar
from node_agent.container_status import Facts, container_status
from node_agent.pod_fields import Addresses
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.launch import ProcessStatus, State

ABSENT = Facts(ProcessStatus(State.ABSENT))
OVER = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Ending:
    """Why a node ends a Pod by itself."""

    reason: str
    message: str
    disruption: bool = False
    grace: float | None = None


@dataclass(frozen=True)
class Situation:
    """`addresses.pod` is empty while it has none; `ending` is the node's own doing."""

    addresses: Addresses
    facts: Mapping[str, Facts]
    ending: Ending | None = None
    leaving: bool = False
    """It is to end: nothing of it is started again."""


def pod_status(pod: Body, now: Situation, time: str) -> dict[str, Any]:
    """What is to be merged into `status`; conditions of others are not named."""
    spec, uid = pod["spec"], pod["metadata"]["uid"]
    initial, main = spec.get("initContainers") or [], spec["containers"]
    phase = _phase(spec, now)
    initialized = _initialized(spec, now.facts)
    status: dict[str, Any] = {
        "phase": phase,
        "observedGeneration": pod["metadata"].get("generation", 0),
        "startTime": pod.get("status", {}).get("startTime", time),
        "hostIP": now.addresses.host,
        "hostIPs": [{"ip": now.addresses.host}],
        "initContainerStatuses": [
            container_status(uid, c, now.facts.get(c["name"], ABSENT), True) for c in initial
        ],
        "containerStatuses": [
            container_status(uid, c, now.facts.get(c["name"], ABSENT), not initialized) for c in main
        ],
        "conditions": _conditions(pod, now, phase, initialized, time),
    }
    if now.addresses.pod:
        status |= {"podIP": now.addresses.pod, "podIPs": [{"ip": now.addresses.pod}]}
    if now.ending is not None:
        status |= {"reason": now.ending.reason, "message": now.ending.message}
    return status


def _phase(spec: Body, now: Situation) -> str:
    initial = [c for c in spec.get("initContainers") or () if not is_sidecar(spec, c)]
    before = [now.facts.get(c["name"], ABSENT) for c in initial]
    main = [now.facts.get(c["name"], ABSENT) for c in spec["containers"]]
    alive = any(each.process.alive for each in now.facts.values())
    if (now.ending or now.leaving) and not alive:
        succeeded = now.ending is None and main and all(each.succeeded for each in main)
        return "Succeeded" if succeeded else "Failed"
    if any(each.over and each.exit_code for each in before):
        return "Failed"
    if not all(each.succeeded for each in before) or not all(each.has_run for each in main):
        return "Pending"
    if alive or not all(each.over for each in main):  # a sidecar that still runs counts, too
        return "Running"
    return "Succeeded" if all(each.succeeded for each in main) else "Failed"


def _initialized(spec: Body, facts: Mapping[str, Facts]) -> bool:
    for container in spec.get("initContainers") or ():
        found = facts.get(container["name"], ABSENT)
        if not (found.started if is_sidecar(spec, container) else found.succeeded):
            return False
    return True


def _conditions(
    pod: Body, now: Situation, phase: str, initialized: bool, time: str
) -> list[conditions.Condition]:
    old: Sequence[conditions.Condition] = pod.get("status", {}).get("conditions") or ()
    main = [c["name"] for c in pod["spec"]["containers"]]
    unready = [name for name in main if not now.facts.get(name, ABSENT).ready]
    over = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase, "")
    reason = over or ("ContainersNotReady" if unready else "")
    message = f"containers with unready status: [{' '.join(unready)}]" if unready and not over else ""
    ready = not over and not unready
    gates = [g["conditionType"] for g in pod["spec"].get("readinessGates") or ()]
    open_gates = all(conditions.holds(old, gate) for gate in gates)
    facts = [
        ("PodReadyToStartContainers", bool(now.addresses.pod) and not over, "", ""),
        ("Initialized", initialized, over if initialized else "ContainersNotInitialized", ""),
        ("ContainersReady", ready, reason, message),
        (
            "Ready",
            ready and open_gates,
            reason or ("" if open_gates else "ReadinessGatesNotReady"),
            message,
        ),
    ]
    if now.ending is not None and now.ending.disruption:
        facts.append(("DisruptionTarget", True, "TerminationByKubelet", now.ending.message))
    said = list(old)
    for kind, holds, why, what in facts:
        said = conditions.put(said, kind, holds, time, why, what)
    ours = {kind for kind, *_ in facts}
    generation = pod["metadata"].get("generation", 0)
    cleared = {"reason": None, "message": None}  # a merge would keep what was said of it before
    return [{**cleared, **each, "observedGeneration": generation} for each in said if each["type"] in ours]
