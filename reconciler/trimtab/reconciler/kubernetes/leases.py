"""The right to write a system: a Lease in the system's namespace that is there exactly as long as somebody holds it.

API servers take no fencing token, so a holder asks its own clock before every write: it stops well before anybody may
take the Lease from it. Whether a Lease was abandoned is judged by the API server's clock alone (the time of its last
change against that of the answer), or at once where its holder was a process of this machine that is dead. Every change
names the Lease's uid; taking over is deleting that very Lease and creating another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable, HeldBy
from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.exchange import JSON, MERGE, Answer
from trimtab.reconciler.kubernetes.repeated import moment, server_time
from trimtab.reconciler.process_identity import birth, boot_id

API_VERSION = "coordination.k8s.io/v1"
HOLDER = "trimtab.dev/process"
"""Annotation: which process holds it, and by which of its acquisitions."""

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A machine that sleeps keeps its Lease no longer than one that is awake."""

RELEASE_SECONDS = 5.0
"""Who ends waits no longer for a server that is away: its Lease runs out by itself."""

_ATTEMPTS = 4
_MARGIN = 2.0
"""The API server tells time in whole seconds."""

_held_here: set[str] = set()
"""The acquisitions of this process, those under way included."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. A holder renews every `renew`, writes nothing later than `deadline` after its last renewal, and may be
    replaced after `duration`: what lies between the last two is room for clocks and for a write that is on its way."""

    duration: int = 30
    deadline: float = 20.0
    renew: float = 8.0
    retry: float = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Lease lies and under whose name it is written."""

    connection: Connection
    manager: str
    namespace: str
    name: str

    @property
    def all(self) -> str:
        return f"/apis/{API_VERSION}/namespaces/{self.namespace}/leases"

    @property
    def path(self) -> str:
        return f"{self.all}/{self.name}"

    @property
    def ref(self) -> Ref:
        return Ref(API_VERSION, "Lease", self.namespace, self.name)


async def acquire(place: Place, holder: str, times: Times | None = None) -> HeldLease | HeldBy:
    """Where the namespace is not there, it is created: a first apply would begin with that. Raises ClusterUnavailable."""
    times = times or Times()
    token = f"{_process()}/{secrets.token_hex(8)}"
    _held_here.add(token)
    try:
        held = await _acquired(place, holder, token, times)
    except BaseException:
        _held_here.discard(token)
        raise
    if isinstance(held, HeldBy):
        _held_here.discard(token)
    return held


async def _acquired(place: Place, holder: str, token: str, times: Times) -> HeldLease | HeldBy:
    for _ in range(_ATTEMPTS):
        sent = now()
        body = _body(place, holder, token, times)
        answer = await _send(place, "POST", place.all, body)
        if answer.ok:
            return HeldLease(place, answer.json()["metadata"]["uid"], token, sent, times)
        status = answers.status_of(answer)
        if status.code == 404 and status.details.get("kind") == "namespaces":
            await _create_namespace(place)
            continue
        if status.reason != "AlreadyExists":
            raise ClusterUnavailable(answers.rejected(status, place.ref, body).message)
        there = await _send(place, "GET", place.path)
        if not there.ok:
            continue  # it went between the two questions
        lease = there.json()
        if _token(lease) == token:
            return HeldLease(place, lease["metadata"]["uid"], token, sent, times)
        if not _is_abandoned(lease, there):
            return _held_by(lease)
        await _take_away(place, lease)
    raise ClusterUnavailable(
        f"the Lease {place.namespace}/{place.name} changes hands all the time: try again"
    )


async def holder(place: Place) -> HeldBy | None:
    """None where nobody holds it, or who held it is gone."""
    there = await _send(place, "GET", place.path)
    lease = there.json() if there.ok else None
    return None if lease is None or _is_abandoned(lease, there) else _held_by(lease)


class HeldLease:
    """Renewed in the background until it is released or lost."""

    def __init__(self, place: Place, uid: str, token: str, sent: float, times: Times) -> None:
        self._place, self._uid, self._token, self._times = place, uid, token, times
        self.deadline = sent + times.deadline
        """By `now`: when it stops being valid if it is not renewed."""
        self.is_released = False
        self._renewing = asyncio.create_task(self._renew_for_ever())

    def valid(self) -> bool:
        return now() < self.deadline

    async def abandon(self) -> None:
        """Hold it no longer, without a word to the cluster."""
        self.is_released = True
        self.deadline = float("-inf")
        self._renewing.cancel()
        await asyncio.gather(self._renewing, return_exceptions=True)
        _held_here.discard(self._token)

    async def release(self) -> None:
        if self.is_released:
            return
        await self.abandon()
        with contextlib.suppress(ClusterUnavailable):
            body = {"preconditions": {"uid": self._uid}}
            await _send(self._place, "DELETE", self._place.path, body, within=RELEASE_SECONDS)

    async def _renew_for_ever(self) -> None:
        pause = self._times.renew
        while True:
            await asyncio.sleep(pause * random.uniform(0.8, 1))  # noqa: S311 - so that holders spread
            sent = now()
            renewed = await self._renewed()
            if renewed is None:
                self.deadline = float("-inf")
                return
            if renewed:
                self.deadline = sent + self._times.deadline
            pause = self._times.renew if renewed else self._times.retry

    async def _renewed(self) -> bool | None:
        """None where the Lease is another's, or gone; False where that could not be found out."""
        body = {"metadata": {"uid": self._uid}, "spec": {"renewTime": _micro_time()}}
        try:
            answer = await _send(self._place, "PATCH", self._place.path, body, within=self._times.renew)
        except ClusterUnavailable:
            return False
        if answer.ok:
            return True
        # Another uid is a field that may not change; which status that has depends on the version.
        return None if answer.status in (404, 409, 422) else False


def now() -> float:
    return time.clock_gettime(_CLOCK)


async def _send(
    place: Place, method: str, path: str, body: Mapping[str, Any] | None = None, within: float | None = None
) -> Answer:
    return await place.connection.request(
        method,
        path,
        params={"fieldManager": place.manager} if method in ("POST", "PATCH") else None,
        body=None if body is None else msgspec.json.encode(body),
        within=within,
        content_type=MERGE if method == "PATCH" else JSON,
        urgent=True,
    )


async def _create_namespace(place: Place) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace}}
    answer = await _send(place, "POST", "/api/v1/namespaces", body)
    status = answers.status_of(answer)
    if not answer.ok and status.reason != "AlreadyExists":
        ref = Ref("v1", "Namespace", "", place.namespace)
        refusal = answers.rejected(status, ref, body).message
        raise ClusterUnavailable(f"namespace {place.namespace} is not there, and can't be created: {refusal}")


async def _take_away(place: Place, lease: Mapping[str, Any]) -> None:
    """Whoever is first has it; the next look shows."""
    metadata = lease["metadata"]
    precise = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    await _send(place, "DELETE", place.path, {"preconditions": precise})


def _body(place: Place, holder: str, token: str, times: Times) -> dict[str, Any]:
    moment = _micro_time()
    return {
        "apiVersion": API_VERSION,
        "kind": "Lease",
        "metadata": {"name": place.name, "namespace": place.namespace, "annotations": {HOLDER: token}},
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": times.duration,
            "acquireTime": moment,
            "renewTime": moment,
        },
    }


def _is_abandoned(lease: Mapping[str, Any], answer: Answer) -> bool:
    token = _token(lease)
    process, _, _ = token.rpartition("/")
    if process and process == _process():
        return token not in _held_here
    if process and _is_dead(process):
        return True
    if "Date" not in answer.headers:
        return False
    duration = float(lease["spec"].get("leaseDurationSeconds") or Times().duration)
    return server_time(answer) - _last_change(lease) > duration + _MARGIN


def _is_dead(process: str) -> bool:
    """Whether it was one of this machine, in our view of its processes, and is no more."""
    place, _, number_and_birth = process.partition(" ")
    number, _, born = number_and_birth.partition(" ")
    ours, _, _ = _process().partition(" ")
    return place == ours and number.isdecimal() and birth(int(number)) != born


def _process() -> str:
    """Empty where the system does not tell enough to know a process again."""
    machine = boot_id()
    try:
        view = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{machine}:{view} {os.getpid()} {birth(os.getpid())}" if machine else ""


def _token(lease: Mapping[str, Any]) -> str:
    return str((lease["metadata"].get("annotations") or {}).get(HOLDER) or "")


def _last_change(lease: Mapping[str, Any]) -> float:
    """By the clock of the API server that wrote it."""
    metadata = lease["metadata"]
    times = [entry.get("time") for entry in metadata.get("managedFields") or ()]
    return max(moment(text) for text in (*times, metadata["creationTimestamp"]) if text)


def _held_by(lease: Mapping[str, Any]) -> HeldBy:
    spec = lease["spec"]
    return HeldBy(str(spec.get("holderIdentity") or "somebody"), str(spec.get("acquireTime") or ""))


def _micro_time() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
