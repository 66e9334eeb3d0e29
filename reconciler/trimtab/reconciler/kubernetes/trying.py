"""How the attempts at one request are going: when to pause, when to give up, and why."""

from __future__ import annotations

import asyncio
import os
import random
from time import monotonic

import aiohttp

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.access import Access
from trimtab.reconciler.kubernetes.exchange import Answer, Patience

_LOST_BEHIND_A_GATEWAY = frozenset({502, 504})
"""Answers of a gateway that lost its server: the request may have been carried out."""


class Trying:
    """`again`: an answer was lost. `sendings` counts those of the present attempt."""

    def __init__(self, patience: Patience, known: bool, within: float | None) -> None:
        self.known, self.renewed, self.again = known, False, False
        self.sendings = 0
        self._patience, self._within = patience, within
        self._started = monotonic()
        self._backoff = patience.first
        self._wanted: float | None = None
        self._trouble = ""

    @property
    def elapsed(self) -> float:
        return monotonic() - self._started

    def unreachable(self, error: Exception, access: Access) -> None:
        """Nothing was sent. A certificate that is not trusted today won't be in a second."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            raise ClusterUnavailable(
                f"{access.server} shows a certificate that its kubeconfig does not vouch for "
                f"({error.certificate_error}); correct certificate-authority, or the address"
            ) from error
        self._trouble = why(error)

    def lost(self, error: Exception) -> None:
        self.again = self.known = True
        self._trouble = why(error)

    def is_worth_repeating(self, answer: Answer) -> bool:
        if answer.status not in (429, 500, 502, 503, 504):
            return False
        if answer.status == 500 and _is_about_the_request(answer):
            return False
        self._wanted = _retry_after(answer)
        if answer.status in _LOST_BEHIND_A_GATEWAY:
            self.again = True
        self._trouble = f"it answers {answer.status}"
        return answer.status == 429 or self._wanted is not None or self.elapsed < self._patience.brief

    async def pause(self, access: Access) -> None:
        patience = self._patience
        within = (
            self._within if self._within is not None else patience.known if self.known else patience.unknown
        )
        left = within - self.elapsed
        if left <= 0:
            raise ClusterUnavailable(
                f"{access.server} has not answered for {within:.0f} s ({self._trouble}): "
                "see whether it runs and can be reached from here"
            )
        # Jitter, so that many clients that lost a server at once do not come back at once.
        pause = max(self._wanted or 0, self._backoff * random.uniform(0.5, 1))  # noqa: S311
        self._wanted = None
        self._backoff = min(patience.longest, self._backoff * 2)
        await asyncio.sleep(min(pause, left))


def _is_about_the_request(answer: Answer) -> bool:
    """API servers say 500 of a webhook that failed, and of an object of the wrong shape; a store in trouble passes."""
    said = answer.json()
    return isinstance(said, dict) and said.get("kind") == "Status" and b"etcdserver: " not in answer.body


def _retry_after(answer: Answer) -> float | None:
    """Seconds; API servers never give a date."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def why(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return os.strerror(number).lower() if number else str(error.os_error)
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it hung up"
    return str(error) or type(error).__name__
