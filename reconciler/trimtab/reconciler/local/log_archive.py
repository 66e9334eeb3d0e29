"""Logs of Pods that are gone: kept below `logs/`, by the object that owned them, until newer ones take their place."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import pod_directory
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.places import Places

log = logging.getLogger(__name__)

KEPT = 100
"""Pods: at most 20 MB each, usually a few KB."""


def keep(places: Places, pod: Stored) -> None:
    """Move a Pod's logs out of its folder, which is about to go. What fails is said in our own log."""
    folder = places.pods / pod.uid
    names = [c["name"] for c in (*(pod.spec.get("initContainers") or ()), *pod.spec["containers"])]
    to = _of_owner(places, _owner(pod)) / pod.ref.name
    try:
        for name in names:
            for file in sorted(pod_directory.container(folder, name).glob("log*")):
                (to / name).mkdir(parents=True, exist_ok=True)
                file.rename(to / name / file.name)
        _forget_the_oldest(places)
    except OSError as error:
        log.warning("the logs of %s could not be kept: %s", pod.ref, error)


def kept(places: Places, ref: Ref) -> Iterator[tuple[str, Path]]:
    """Pod and log file of each container, oldest Pod first: of a Pod, or of all that a Job or Deployment had."""
    if ref.kind == "Pod":
        pods = list((places.logs / ref.namespace).glob(f"*/{ref.name}"))
    else:
        pods = list(_of_owner(places, ref).glob("*"))
    for pod in sorted(pods, key=lambda path: path.stat().st_mtime):
        for container in sorted(pod.iterdir()):
            yield pod.name, container / "log"


def _owner(pod: Stored) -> Ref:
    for owner in pod.metadata.get("ownerReferences") or ():
        return Ref(owner["apiVersion"], owner["kind"], pod.ref.namespace, owner["name"])
    return pod.ref


def _of_owner(places: Places, owner: Ref) -> Path:
    return places.logs / owner.namespace / f"{owner.kind}-{owner.name}"


def _forget_the_oldest(places: Places) -> None:
    pods = sorted(places.logs.glob("*/*/*"), key=lambda path: path.stat().st_mtime)
    for old in pods[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
