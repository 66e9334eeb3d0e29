"""What became of a write whose answer was lost, judged when the same write is refused because something has happened.

Pure: the object as it is now, and the answer to the second sending. Times are the API server's own on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from trimtab.reconciler.kubernetes.exchange import Answer

Body = Mapping[str, Any]

_MARGIN_SECONDS = 2.0
"""API servers tell time in whole seconds, and two of them never quite the same."""


def was_created(made: Body, answer: Answer, manager: str) -> bool:
    """The object was made by our manager, and since the request was first sent."""
    ours = any(
        entry.get("manager") == manager and entry.get("operation") == "Update"
        for entry in made["metadata"].get("managedFields") or ()
    )
    age = server_time(answer) - moment(made["metadata"]["creationTimestamp"])
    return ours and age <= answer.elapsed + _MARGIN_SECONDS


def was_written(live: Body, sent: Body, part: str) -> bool:
    """All that was sent is there; `part` is `status` where that alone was written."""
    if part:
        return contains(live.get(part), sent.get(part))
    told = {name: value for name, value in sent.items() if name not in ("metadata", "status")}
    metadata = {
        name: value
        for name, value in (sent.get("metadata") or {}).items()
        if name not in ("resourceVersion", "managedFields", "generation")
    }
    return contains(live, {**told, "metadata": metadata})


def is_deleted(live: Body | None, uid: str) -> bool:
    return live is None or live["metadata"]["uid"] != uid or "deletionTimestamp" in live["metadata"]


def contains(live: Any, sent: Any) -> bool:
    if isinstance(sent, Mapping):
        return isinstance(live, Mapping) and all(
            contains(live.get(key), value) for key, value in sent.items()
        )
    if isinstance(sent, list | tuple):
        return (
            isinstance(live, list)
            and len(live) == len(sent)
            and all(contains(one, other) for one, other in zip(live, sent, strict=True))
        )
    return bool(live == sent)


def moment(text: str) -> float:
    """Of an RFC 3339 time, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def server_time(answer: Answer) -> float:
    """By the clock of the server that answered; endless where it doesn't say."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return float("inf")
