"""One writer in a process of its own: forked from one that has everything imported, it does what `trimtab apply` does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from prepared_systems import connect, opened

from kill_sweep.calls import Calls
from trimtab.cli.systems import Silent
from trimtab.reconciler.actions import Plan
from trimtab.reconciler.cluster import Cluster, ClusterUnavailable
from trimtab.reconciler.opening import Purpose, state_directory
from trimtab.reconciler.preparing import Prepared

PATIENCE = 900
"""Seconds."""
ATTEMPTS = 5
SHOWN = 2000
"""Characters of a traceback."""


@dataclass(frozen=True)
class End:
    """`killed_at` is empty where the writer lived to say how it went; `trouble` where all is as the spec says.

    One that `gave_up` could not reach the API server for as long as it is patient.
    """

    calls: int = 0
    killed_at: str = ""
    trouble: str = ""
    gave_up: bool = False


def write(prepared: Prepared, index: int | None = None) -> End:
    """Apply, and where nothing kills it, look at the outcome again with fresh eyes. One that gives up is followed by
    another, as by a person: the machine may have much else to do."""
    for _ in range(ATTEMPTS):
        end = _write(prepared, index)
        if not end.gave_up:
            break
    return end


def _write(prepared: Prepared, index: int | None) -> End:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_writer(prepared, index, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    end = End(**json.loads(told)) if told else End(trouble=f"the writer ended with {status}")
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return end if died == bool(end.killed_at) else End(trouble=f"status {status}, and it told: {told}")


def _be_writer(prepared: Prepared, index: int | None, pipe: int) -> NoReturn:
    signal.alarm(PATIENCE)
    calls = Calls(index, lambda where: _tell(pipe, End(killed_at=where)))
    calls.watch_over()
    made, gave_up = 0, False
    try:
        trouble = asyncio.run(_apply(prepared))
        made = calls.let_live()
        trouble = trouble or asyncio.run(_look(prepared))
    except ClusterUnavailable as error:
        trouble, gave_up = str(error), True
    except BaseException:  # noqa: BLE001 - a child never goes on as its parent would
        trouble = traceback.format_exc()[-SHOWN:]
    _tell(pipe, End(made, "", trouble, gave_up))
    os._exit(0)


def _tell(pipe: int, end: End) -> None:
    os.write(pipe, json.dumps(asdict(end)).encode())


async def _apply(prepared: Prepared) -> str:
    cluster = await _connect(prepared)
    try:
        async with opened(prepared, cluster, Silent()) as loop:
            return _trouble(await loop.settle())
    finally:
        await cluster.close()


async def _look(prepared: Prepared) -> str:
    cluster = await _connect(prepared)
    try:
        async with opened(prepared, cluster, Silent(), Purpose.LOOK) as loop:
            return _trouble(loop.plan())
    finally:
        await cluster.close()


async def _connect(prepared: Prepared) -> Cluster:
    assert prepared.bundle is not None, prepared.diagnostics
    return await connect(prepared, state_directory(Path(prepared.file), prepared.bundle.environment))


def _trouble(plan: Plan) -> str:
    held = "; ".join(str(each) for each in (*plan.actions, *plan.holds))
    return "" if plan.is_converged else f"not as the spec says: {held}"
