"""The status of one container, as a kubelet writes it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node_agent.api import Body
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.launch import ProcessStatus, State
from trimtab.reconciler.local.objects import timestamp

KILLED = 137
OUT_OF_MEMORY = "OOMKilled"


@dataclass(frozen=True)
class Facts:
    """What is known of a container. `words` and `start_error` are of its last end."""

    process: ProcessStatus
    started: bool = False
    ready: bool = False
    hindered: Hindered | None = None
    words: str = ""
    start_error: str = ""
    out_of_memory: bool = False

    @property
    def over(self) -> bool:
        return self.process.state in (State.ENDED, State.LOST)

    @property
    def exit_code(self) -> int:
        return KILLED if self.process.state is State.LOST else self.process.exit_code or 0

    @property
    def succeeded(self) -> bool:
        return self.over and self.exit_code == 0

    @property
    def has_run(self) -> bool:
        return self.process.state not in (State.ABSENT, State.STARTING)


def container_status(uid: str, container: Body, facts: Facts, waits_for_others: bool) -> dict[str, Any]:
    process = facts.process
    status = {
        "name": container["name"],
        "image": container["image"],
        "imageID": container["image"] if facts.has_run else "",
        "ready": facts.ready,
        "started": facts.started,
        "restartCount": process.restarts,
        "state": _state(facts, waits_for_others),
        "lastState": {},
    }
    if facts.has_run:
        status["containerID"] = f"process://{uid}/{container['name']}/{process.restarts}"
    if process.alive and process.ended:
        status["lastState"] = {"terminated": _terminated(facts)}
    return status


def _state(facts: Facts, waits_for_others: bool) -> dict[str, Any]:
    process = facts.process
    match process.state:
        case State.RUNNING:
            return {"running": {"startedAt": timestamp(process.started)}}
        case State.WAITING:
            message = f"back-off {process.until - process.ended:.1f}s restarting failed container"
            return {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
        case State.ENDED | State.LOST:
            return {"terminated": _terminated(facts)}
    if facts.hindered is not None:
        waiting = {"reason": facts.hindered.reason, "message": facts.hindered.message}
        return {"waiting": {key: text for key, text in waiting.items() if text}}
    return {"waiting": {"reason": "PodInitializing" if waits_for_others else "ContainerCreating"}}


def _terminated(facts: Facts) -> dict[str, Any]:
    process = facts.process
    said = {
        "exitCode": facts.exit_code,
        "reason": _reason(facts),
        "message": facts.words,
        "startedAt": timestamp(process.started),
        "finishedAt": timestamp(process.ended or process.started),
    }
    return {key: value for key, value in said.items() if value != ""}


def _reason(facts: Facts) -> str:
    if facts.start_error:
        return "StartError"
    if facts.out_of_memory and facts.exit_code == KILLED:
        return OUT_OF_MEMORY
    if facts.process.state is State.LOST:
        return "ContainerStatusUnknown"
    return "Error" if facts.exit_code else "Completed"
