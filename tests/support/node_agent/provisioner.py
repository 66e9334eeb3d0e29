"""Volumes for claims: a folder of this machine each, in the storage class that the agent makes. The real controller
binds them; deleting such a volume, once it is released, deletes its folder."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

from node_agent.api import Api, Body, Refused, path
from node_agent.informer import Name

log = logging.getLogger(__name__)

STORAGE_CLASS, PROVISIONER = "standard", "tests.trimtab.dev/folders"
DEFAULT = "storageclass.kubernetes.io/is-default-class"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
CLASSES = path("storage.k8s.io/v1", "storageclasses")


class Provisioner:
    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self._folder = folder
        self._tasks: set[asyncio.Task[None]] = set()

    async def make_class(self) -> None:
        await self._api.create(
            CLASSES,
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": STORAGE_CLASS, "annotations": {DEFAULT: "true"}},
                "provisioner": PROVISIONER,
                "reclaimPolicy": "Delete",
                "volumeBindingMode": "Immediate",
                "allowVolumeExpansion": True,
            },
        )

    def see_claim(self, name: Name, claim: Body | None) -> None:
        if claim is not None and _wants_volume(claim):
            self._do(self._make(claim))

    def see_volume(self, name: Name, volume: Body | None) -> None:
        if volume is None or volume.get("status", {}).get("phase") != "Released":
            return
        ours = (volume["metadata"].get("annotations") or {}).get(PROVISIONED_BY) == PROVISIONER
        if ours and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self._do(self._remove(volume))

    async def _make(self, claim: Body) -> None:
        metadata, spec = claim["metadata"], claim["spec"]
        folder = self._folder / f"{metadata['namespace']}.{metadata['name']}.{metadata['uid']}"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        reference = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {
                "name": f"pvc-{metadata['uid']}",
                "annotations": {PROVISIONED_BY: PROVISIONER},
            },
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "accessModes": spec["accessModes"],
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": STORAGE_CLASS,
                "claimRef": reference,
                "hostPath": {"path": str(folder)},
            },
        }
        await self._api.create(path("v1", "persistentvolumes"), volume)

    async def _remove(self, volume: Body) -> None:
        await self._api.delete(path("v1", "persistentvolumes", name=volume["metadata"]["name"]))
        folder = Path(volume["spec"]["hostPath"]["path"])
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _do(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(task.exception(), Refused):
            log.warning("volume: %s", task.exception())


def _wants_volume(claim: Body) -> bool:
    spec = claim["spec"]
    pending = claim.get("status", {}).get("phase", "Pending") == "Pending"
    return pending and spec.get("storageClassName") == STORAGE_CLASS and not spec.get("volumeName")
