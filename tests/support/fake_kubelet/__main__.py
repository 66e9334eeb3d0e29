"""The fake kubelet's process: `python -m fake_kubelet FOLDER`. It says `ready`, and ends with its stdin."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Coroutine
from pathlib import Path

from node_agent.api import STRATEGIC, Access, Api, Body, path
from node_agent.container_status import Facts
from node_agent.informer import Informer, Name
from node_agent.node import Node
from node_agent.pod_fields import Addresses
from node_agent.pod_status import Situation, pod_status
from node_agent.provisioner import Provisioner
from node_agent.references import all_containers
from node_agent.registration import Registration

from fake_kubelet import journal, last_words
from fake_kubelet.journal import Started
from trimtab.reconciler.local.launch import ProcessStatus, State
from trimtab.reconciler.local.objects import timestamp

NODE = Node("fake", {"cpu": "100k", "memory": "100Ti", "pods": "100k"})
ADDRESS = "192.0.2.2"
"""Of a range for documentation: nobody dials it, nor a Pod."""


class Kubelet:
    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self._journal = folder / "started"
        self._seen: set[str] = set()
        self._ended: set[tuple[str, str]] = set()
        """Namespace and record of each run that has ended: its record lies beside its artifact."""
        self._tasks: set[asyncio.Task[None]] = set()

    def see(self, _: Name, pod: Body | None) -> None:
        if pod is None or pod["spec"].get("nodeName") != NODE.name:
            return
        if "deletionTimestamp" in pod["metadata"]:
            self._do(self._remove(pod))
        elif pod["metadata"]["uid"] not in self._seen:
            self._seen.add(pod["metadata"]["uid"])
            self._do(self._tell(pod, self._facts(pod)))

    def _facts(self, pod: Body) -> Facts:
        now = time.time()
        if pod["spec"].get("restartPolicy") == "Always":
            return Facts(ProcessStatus(State.RUNNING, pid=1, started=now), started=True, ready=True)
        return Facts(ProcessStatus(State.ENDED, exit_code=0, started=now, ended=now), words=self._words(pod))

    def _words(self, pod: Body) -> str:
        started = _started(pod)
        journal.write(self._journal, started)
        run = (started.namespace, started.record)
        if started.is_work:
            self._ended.add(run)
            return last_words.as_text(last_words.of_run(started.record))
        return last_words.as_text(last_words.of_look_up(started.record, has_ended=run in self._ended))

    async def _tell(self, pod: Body, facts: Facts) -> None:
        of_all = {container["name"]: facts for container in all_containers(pod)}
        now = Situation(Addresses(ADDRESS, ADDRESS), of_all)
        await self._api.patch(_path(pod, "status"), {"status": pod_status(pod, now, _now())}, STRATEGIC)

    async def _remove(self, pod: Body) -> None:
        await self._api.delete(_path(pod), grace=0, uid=pod["metadata"]["uid"])

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _started(pod: Body) -> Started:
    metadata, main = pod["metadata"], pod["spec"]["containers"][0]
    (record,) = [each["value"] for each in main["env"] if each["name"] == "TRIMTAB_RUN_NAME"]
    job = metadata["labels"]["batch.kubernetes.io/job-name"]
    return Started(metadata["namespace"], job, record, metadata["uid"])


def _path(pod: Body, subresource: str = "") -> str:
    return path("v1", "pods", pod["metadata"]["namespace"], pod["metadata"]["name"], subresource)


def _now() -> str:
    return timestamp(time.time())


async def main(folder: Path) -> None:
    url, *files = json.loads((folder / "settings.json").read_text())
    async with Access(url, *map(Path, files)).session() as session:
        api = Api(session)
        kubelet, provisioner = Kubelet(api, folder), Provisioner(api, folder / "claims")
        informers = [
            Informer(api, path("v1", "pods"), kubelet.see),
            Informer(api, path("v1", "persistentvolumeclaims"), provisioner.see_claim),
            Informer(api, path("v1", "persistentvolumes"), provisioner.see_volume),
        ]
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(informer.run()) for informer in informers]
            await provisioner.make_class()
            await Registration(api, interface="").add(NODE)
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.read)
            for task in work:
                task.cancel()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(Path(sys.argv[1])))
