"""What a feed tells of a Job whose Pods' ends come by another watch, while it looks for them itself."""

from __future__ import annotations

import json
from typing import Any

from trimtab.reconciler.cluster import FIELD_MANAGER, Observed
from trimtab.reconciler.kubernetes.feed import Feed
from trimtab.reconciler.kubernetes.owned import Owned
from trimtab.reconciler.kubernetes.served import Served
from trimtab.reconciler.kubernetes.table import Told

WORDS = json.dumps({"v": 1, "metrics": {"accuracy": 0.98}})


def job(revision: int) -> dict[str, Any]:
    metadata = {"name": "train", "namespace": "shop", "uid": "one", "resourceVersion": str(revision)}
    status = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {}, "status": status}


def pod() -> dict[str, Any]:
    owner = {"kind": "Job", "name": "train", "uid": "one", "controller": True}
    metadata = {"name": "train-0", "namespace": "shop", "resourceVersion": "4", "ownerReferences": [owner]}
    ended = {"name": "main", "state": {"terminated": {"exitCode": 0, "message": WORDS}}}
    status = {"phase": "Succeeded", "containerStatuses": [ended]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": status}


class Busy:
    """A scope whose watch of Pods tells of the end just while it is being looked for."""

    def __init__(self) -> None:
        self.owned = Owned()
        self.feed = Feed(("batch/v1", "Job"), FIELD_MANAGER, self.owned, self)
        self.heard: list[Told] = []
        self.feed.join(self)

    async def look_for_ends(self, job: Observed) -> None:
        self.owned.put(pod())
        self.feed.refresh(("shop", "train"))

    def watch_queues(self) -> None: ...
    def note_synced(self, kind: tuple[str, str]) -> None: ...
    def fail(self, error: Exception) -> None: ...

    def hear(self, told: Told) -> None:
        self.heard.append(told)


async def test_the_last_that_is_told_of_an_ended_job_has_its_last_words() -> None:
    scope = Busy()
    await scope.feed.put(Served(json.dumps(job(5)).encode()))
    last = scope.heard[-1].new
    assert last is not None
    assert last.health.words == WORDS
