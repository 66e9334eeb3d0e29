"""Probes and hooks: asking a process over HTTP, TCP or by a command whether it is well.

A host that is away asks nobody; what was known before it went away is taken as known until the first new answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.reconciler.local.objects import Body

if TYPE_CHECKING:
    import ssl

HTTP_LIMIT = 64 * 1024

EAGER = 0.2
"""Seconds between questions to what has not been well yet."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a probe of one container needs: where its ports are here, and how a command in it would run."""

    ports: Mapping[str, int]
    env: Mapping[str, str]
    cwd: Path
    host: str = "127.0.0.1"

    def port(self, given: Any) -> int:
        """By name or number; a number that the manifest does not list is taken as it is."""
        return self.ports.get(str(given)) or int(given)


async def ask(handler: Body, target: Target, timeout: float) -> str:
    """Empty where all is well, else what is wrong, for people."""
    try:
        async with asyncio.timeout(timeout):
            return await _ask(handler, target)
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except OSError as error:
        return error.strerror or str(error)
    except (ValueError, EOFError):
        return "the answer is no HTTP"


async def _ask(handler: Body, target: Target) -> str:
    if "httpGet" in handler:
        return await _http(handler["httpGet"], target)
    if "tcpSocket" in handler:
        return await _tcp(target, target.port(handler["tcpSocket"]["port"]))
    if "exec" in handler:
        return await _exec(handler["exec"]["command"], target)
    if "sleep" in handler:
        await asyncio.sleep(float(handler["sleep"]["seconds"]))
    return ""


async def _tcp(target: Target, port: int) -> str:
    _, writer = await asyncio.open_connection(target.host, port)
    writer.close()
    return ""


async def _http(get: Body, target: Target) -> str:
    port = target.port(get["port"])
    secure = _unverified() if get.get("scheme") == "HTTPS" else None
    reader, writer = await asyncio.open_connection(target.host, port, ssl=secure, limit=HTTP_LIMIT)
    try:
        headers = {"Host": f"{target.host}:{port}", "User-Agent": "trimtab-probe", "Connection": "close"}
        headers |= {header["name"]: header["value"] for header in get.get("httpHeaders") or ()}
        lines = [
            f"GET {get.get('path', '/')} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        status = (await reader.readline()).split()
    finally:
        writer.close()
    code = int(status[1]) if len(status) > 1 else 0
    return "" if 200 <= code < 400 else f"HTTP status {code} from {get.get('path', '/')}"


def _unverified() -> ssl.SSLContext:
    """As a kubelet's: a probe asks whether a server answers, not who it is."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _exec(command: list[str], target: Target) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=target.cwd,
        env=dict(target.env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    return "" if code == 0 else f"the command ended with exit code {code}"


@dataclass(slots=True)
class Health:
    """What the probes of one running container have found so far; `live` turns False once, and asks for a restart."""

    started: bool = False
    ready: bool = False
    live: bool = True
    why: str = ""


async def watch(container: Body, target: Target, health: Health, changed: Callable[[], None]) -> None:
    """Keep `health` current as long as the container runs: first its start, then readiness and liveness side by side."""
    startup = container.get("startupProbe")
    if startup and not health.started and not await _start(startup, target, health):
        changed()
        return
    health.started = True
    if not container.get("readinessProbe"):
        health.ready = True
    changed()
    async with asyncio.TaskGroup() as group:
        if container.get("readinessProbe"):
            group.create_task(_readiness(container["readinessProbe"], target, health, changed))
        if container.get("livenessProbe"):
            group.create_task(_liveness(container["livenessProbe"], target, health, changed))


async def _start(probe: Body, target: Target, health: Health) -> bool:
    async for failures, _, why in _answers(probe, target):
        health.why = why
        if failures == 0:
            return True
        if failures >= probe.get("failureThreshold", 3):
            health.live = False
            return False
    raise AssertionError("probes never end by themselves")


async def _readiness(probe: Body, target: Target, health: Health, changed: Callable[[], None]) -> None:
    async for failures, successes, why in _answers(probe, target):
        health.why = why
        if health.ready and failures >= probe.get("failureThreshold", 3):
            health.ready = False
            changed()
        elif not health.ready and successes >= probe.get("successThreshold", 1):
            health.ready = True
            changed()


async def _liveness(probe: Body, target: Target, health: Health, changed: Callable[[], None]) -> None:
    async for failures, _, why in _answers(probe, target):
        if failures >= probe.get("failureThreshold", 3):
            health.live, health.why = False, why
            changed()
            return


async def _answers(probe: Body, target: Target) -> AsyncGenerator[tuple[int, int, str], None]:
    """Failures and successes in a row after each answer, and what was wrong.

    Until it is well for the first time it is asked more often, and a failure counts once a period: so a process is
    known to be up when it is, and has no less time to get there.
    """
    failures = successes = 0
    period, timeout = float(probe.get("periodSeconds", 10)), float(probe.get("timeoutSeconds", 1))
    await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)))
    began, was_well = time.monotonic(), False
    while True:
        why = await ask(probe, target, timeout)
        was_well = was_well or not why
        if why:
            failures = failures + 1 if was_well else 1 + int((time.monotonic() - began) / period)
        failures, successes = (failures, 0) if why else (0, successes + 1)
        yield failures, successes, why
        await asyncio.sleep(period if was_well else min(period, EAGER))
