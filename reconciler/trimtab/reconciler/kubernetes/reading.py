"""Reading all objects of a kind, page by page, for whoever looks at a cluster once and follows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Resource

PAGE = 100


class MayNot(Exception):
    """The cluster does not let us read this kind."""


async def every(connection: Connection, resource: Resource) -> AsyncIterator[dict[str, Any]]:
    """Of all namespaces. Raises MayNot, and ClusterUnavailable."""
    params = {"limit": str(PAGE)}
    while True:
        answer = await connection.request("GET", resource.path(), params=params)
        if answer.status in (401, 403):
            raise MayNot(resource.kind)
        if not answer.ok:
            raise answers.unreadable(resource.path(), answers.status_of(answer))
        page = answer.json()
        for item in page["items"]:
            yield item
        if not (rest := page["metadata"].get("continue")):
            return
        params["continue"] = rest
