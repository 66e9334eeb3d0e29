"""`python killed.py INDEX ARGUMENT...`: run `trimtab ARGUMENT...`, killed with SIGKILL around one of its writes.

On this machine a write is a call of the engine; on a cluster it is a request that changes something, that for the Lease
and its return included. Renewals of a Lease come when they come, and don't count.

Even indexes kill before write INDEX/2 is sent, odd ones after it was answered. An index beyond the last write kills
nothing: the exit code is then the command's own, and the number of writes stands on the last line of stderr.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from trimtab.cli.main import main
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.local.client import LocalCluster

WRITES = ("create", "apply", "replace", "set_status", "delete")
QUESTIONS = ("/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/")
"""They are posted, and change nothing."""


class Counter:
    """Counts writes, and kills this process at the one that is asked for."""

    def __init__(self, index: int) -> None:
        self.index, self.writes = index, 0

    def around(
        self, write: Callable[..., Awaitable[Any]], counts: Callable[..., bool] = lambda *_: True
    ) -> Callable[..., Awaitable[Any]]:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            if not counts(*args):
                return await write(*args, **kwargs)
            number, self.writes = self.writes, self.writes + 1
            self._kill(number * 2)
            answer = await write(*args, **kwargs)
            self._kill(number * 2 + 1)
            return answer

        return counted

    def _kill(self, now: int) -> None:
        if now == self.index:
            os.kill(os.getpid(), signal.SIGKILL)


def changes_something(_: Connection, method: str, path: str) -> bool:
    renewal = method == "PATCH" and "/leases/" in path
    return method != "GET" and not renewal and not path.startswith(QUESTIONS)


def run(index: int, arguments: list[str]) -> int:
    counter = Counter(index)
    for name in WRITES:
        setattr(LocalCluster, name, counter.around(getattr(LocalCluster, name)))
    request = counter.around(Connection.request, changes_something)
    Connection.request = request  # type: ignore[assignment, method-assign]
    code = main(arguments)
    print(f"writes: {counter.writes}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2:]))
