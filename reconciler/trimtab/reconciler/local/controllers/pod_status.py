"""A Pod's status from what has become of its processes: pure, the shape that a kubelet writes.

`Facts` are what the controller knows of one container beyond its process: whether its probes hold, what it said last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.hindrance import NOT_RUNNABLE, Hindered
from trimtab.reconciler.local.controllers.preparing import main_containers
from trimtab.reconciler.local.launch import ProcessStatus, State
from trimtab.reconciler.local.objects import Body, Stored, timestamp

LOST_EXIT_CODE = 137
"""What a cluster shows for a container that was killed from outside."""


@dataclass(frozen=True, slots=True)
class Facts:
    process: ProcessStatus
    started: bool = False
    ready: bool = False
    words: str = ""
    line: str = ""

    @property
    def over(self) -> bool:
        """It has ended, and its restart policy leaves it so."""
        return self.process.state in (State.ENDED, State.LOST)

    @property
    def exit_code(self) -> int:
        if self.process.state is State.LOST:
            return LOST_EXIT_CODE
        return self.process.exit_code or 0

    @property
    def ending(self) -> str:
        """How it ended, for people."""
        process = self.process
        how = (
            f"was ended by signal {process.signal}"
            if process.signal
            else f"ended with exit code {process.exit_code}"
        )
        return f'{how}, its log ends with "{self.line}"' if self.line else how

    @property
    def unrunnable(self) -> bool:
        """It never became a process: no attempt can be any better."""
        ended = self.over or self.process.state is State.WAITING
        return ended and bool(self.process.error) and self.process.exit_code in (126, 127)


def running(pod: Stored, facts: Mapping[str, Facts], now: str) -> dict[str, Any]:
    """The status of a Pod whose processes have been started; `facts` by container name."""
    phase, reason, message = _phase(pod, facts)
    initialized = all(_succeeded(facts.get(c["name"])) for c in pod.spec.get("initContainers") or ())
    ready = phase == "Running" and all(
        facts[c["name"]].ready for c in main_containers(pod) if c["name"] in facts
    )
    status = {
        **_base(pod, now),
        "phase": phase,
        "reason": reason,
        "message": message,
        "initContainerStatuses": [
            _container(c, facts.get(c["name"])) for c in pod.spec.get("initContainers") or ()
        ],
        "containerStatuses": [_container(c, facts.get(c["name"])) for c in main_containers(pod)],
        "conditions": _conditions(pod, now, initialized, initialized and ready),
    }
    return {key: value for key, value in status.items() if value not in ("", [])}


def hindered(pod: Stored, why: Hindered, now: str) -> dict[str, Any]:
    """The status of a Pod that could not be started: for good, where its restart policy does not hope."""
    ended = why.final and pod.spec.get("restartPolicy", "Always") != "Always"
    said = {"reason": why.reason, "message": why.message}
    is_over = ended and why.exit_code
    state = {"terminated": {"exitCode": why.exit_code, **said}} if is_over else {"waiting": said}
    return {
        **_base(pod, now),
        "phase": "Failed" if ended else "Pending",
        **(said if ended else {}),
        "containerStatuses": [
            {"name": c["name"], "image": c["image"], "ready": False, "restartCount": 0, "state": state}
            for c in main_containers(pod)
        ],
        "conditions": _conditions(pod, now, initialized=False, ready=False),
    }


def _base(pod: Stored, now: str) -> dict[str, Any]:
    kept = {key: value for key, value in pod.status.items() if key not in ("reason", "message")}
    return {
        **kept,
        "startTime": pod.status.get("startTime", now),
        "hostIP": "127.0.0.1",
        "podIP": "127.0.0.1",
    }


def _conditions(pod: Stored, now: str, initialized: bool, ready: bool) -> list[conditions.Condition]:
    said = list(pod.status.get("conditions") or ())
    for kind, holds in (
        ("PodScheduled", True),
        ("Initialized", initialized),
        ("ContainersReady", ready),
        ("Ready", ready),
    ):
        said = conditions.put(said, kind, holds, now)
    return said


def _succeeded(facts: Facts | None) -> bool:
    return facts is not None and facts.over and facts.exit_code == 0


def _phase(pod: Stored, facts: Mapping[str, Facts]) -> tuple[str, str, str]:
    """Phase, reason and message."""
    for name, each in facts.items():
        if each.unrunnable and pod.spec.get("restartPolicy", "Always") != "Always":
            return "Failed", NOT_RUNNABLE, each.process.error
        if each.process.state is State.LOST and pod.spec.get("restartPolicy", "Always") == "Never":
            return (
                "Failed",
                "Lost",
                f"container {name} was lost: its supervisor was killed, or the machine went down",
            )
    initial = [c["name"] for c in pod.spec.get("initContainers") or ()]
    if any(facts[name].over and facts[name].exit_code for name in initial if name in facts):
        return _ended(facts)
    main = [facts.get(c["name"]) for c in main_containers(pod)]
    present = [each for each in main if each is not None and each.process.state is not State.ABSENT]
    if not present:
        return "Pending", "", ""
    if len(present) < len(main) or not all(each.over for each in present):
        return "Running", "", ""
    return _ended(facts)


def _ended(facts: Mapping[str, Facts]) -> tuple[str, str, str]:
    bad = {name: each for name, each in facts.items() if each.exit_code}
    for name, each in bad.items():
        return "Failed", "Error", f"container {name} {each.ending}"
    return "Succeeded", "", ""


def _container(container: Body, facts: Facts | None) -> dict[str, Any]:
    process = facts.process if facts else ProcessStatus(State.ABSENT)
    status = {
        "name": container["name"],
        "image": container["image"],
        "imageID": container["image"],
        "ready": bool(facts and facts.ready),
        "started": bool(facts and facts.started),
        "restartCount": process.restarts,
        "state": _state(facts or Facts(process)),
    }
    if process.alive and process.ended:
        last = {key: value for key, value in _terminated(process, facts).items() if key != "startedAt"}
        status["lastState"] = {"terminated": last}
    return status


def _state(facts: Facts) -> dict[str, Any]:
    process = facts.process
    match process.state:
        case State.ABSENT:
            return {"waiting": {"reason": "PodInitializing"}}
        case State.STARTING:
            return {"waiting": {"reason": "ContainerCreating"}}
        case State.RUNNING:
            return {"running": {"startedAt": timestamp(process.started)}}
        case State.WAITING:
            return {"waiting": {"reason": "CrashLoopBackOff", "message": _crash(facts)}}
        case _:
            return {"terminated": _terminated(process, facts)}


def _crash(facts: Facts) -> str:
    if facts.process.error:
        return facts.process.error
    return f"it is started again, for the {_nth(facts.process.restarts + 1)} time: it {facts.ending}"


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _terminated(process: ProcessStatus, facts: Facts | None) -> dict[str, Any]:
    code = LOST_EXIT_CODE if process.state is State.LOST else process.exit_code or 0
    said = {
        "exitCode": code,
        "signal": process.signal or 0,
        "reason": _reason(process, code),
        "message": process.error or (facts.words if facts else ""),
        "startedAt": timestamp(process.started) if process.started else "",
        "finishedAt": timestamp(process.ended or process.started),
    }
    return {key: value for key, value in said.items() if value or key == "exitCode"}


def _reason(process: ProcessStatus, code: int) -> str:
    if process.state is State.LOST:
        return "Lost"
    return "StartError" if process.error else "Error" if code else "Completed"
