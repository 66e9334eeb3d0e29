"""Reading all objects of a kind, page by page, for whoever looks at a cluster once and follows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Resource

PAGE = 100


class Unreadable(Exception):
    """Why this kind can't be read, though the cluster itself answers: a part of a sentence."""


async def every(connection: Connection, resource: Resource) -> AsyncIterator[dict[str, Any]]:
    """Of all namespaces. Raises Unreadable, and ClusterUnavailable."""
    params = {"limit": str(PAGE)}
    while True:
        answer = await connection.request("GET", resource.path(), params=params)
        status = answers.status_of(answer)
        if status.code == 401:
            raise answers.not_known()
        if status.code == 403:
            raise Unreadable(f"{resource.plural} may not be listed")
        if not answer.ok:
            raise Unreadable(f"{resource.plural} can't be listed ({status.message[:200] or status.code})")
        page = answer.json()
        for item in page["items"]:
            yield item
        if not (rest := page["metadata"].get("continue")):
            return
        params["continue"] = rest
