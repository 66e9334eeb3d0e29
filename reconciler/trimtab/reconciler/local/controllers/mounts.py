"""A Pod's volumes and mounts as folders and links of this machine: see `pod_directory`, which makes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers import volume as claims
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.variables import Variables, expand, pod_field
from trimtab.reconciler.local.objects import Body, Stored
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.pod_directory import EmptyDirectory, Files, Folder, Mount, Volume

THE_MACHINES_OWN = frozenset({"/tmp", "/var/tmp", "/dev/shm"})  # noqa: S108
"""Mounted by those who have no writable root; every process here has them anyway, and sockets need their short paths."""

CONFIG_ERROR = "CreateContainerConfigError"


class Lookup(NamedTuple):
    """What volumes lead to."""

    places: Places
    get: Callable[[Ref], Stored | None]
    secrets: Callable[[], Mapping[str, Mapping[str, str]]]


def volumes(pod: Stored, lookup: Lookup) -> dict[str, Volume]:
    return {volume["name"]: _volume(pod, volume, lookup) for volume in pod.spec.get("volumes") or ()}


def mounts(container: Body, known: Variables) -> list[Mount]:
    """`known` are the container's variables, for `subPathExpr`."""
    return [
        Mount(mount["name"], mount["mountPath"], _sub_path(mount, known))
        for mount in container.get("volumeMounts") or ()
        if mount["mountPath"].rstrip("/") not in THE_MACHINES_OWN
    ]


def _sub_path(mount: Body, known: Variables) -> str:
    return str(mount.get("subPath", "")) or expand(mount.get("subPathExpr", ""), known)


def _volume(pod: Stored, volume: Body, lookup: Lookup) -> Volume:
    kinds = [kind for kind in volume if kind != "name"]
    match kinds:
        case [] | ["emptyDir"]:
            return EmptyDirectory()
        case ["persistentVolumeClaim"]:
            return _claim(pod, volume["persistentVolumeClaim"]["claimName"], lookup)
        case ["configMap"]:
            return Files(_config_files(pod, volume["configMap"], lookup))
        case ["secret"]:
            return Files(_secret_files(volume["secret"], lookup))
        case ["downwardAPI"]:
            return Files(_pod_files(pod, volume["downwardAPI"]))
        case ["projected"]:
            return Files(_projected(pod, volume["projected"].get("sources") or (), lookup))
        case _:
            raise Hindered(
                f"volume {volume['name']} is of a kind that this machine does not have: {kinds[0]}"
            )


def _claim(pod: Stored, name: str, lookup: Lookup) -> Folder:
    claim = lookup.get(Ref("v1", "PersistentVolumeClaim", pod.ref.namespace, name))
    if claim is None or claim.status.get("phase") != "Bound":
        raise Hindered(f"volume claim {name} is not there yet", "Unschedulable")
    return Folder(claims.folder(lookup.places, claim))


def _config_files(pod: Stored, source: Body, lookup: Lookup) -> dict[str, bytes]:
    name = source["name"]
    found = lookup.get(Ref("v1", "ConfigMap", pod.ref.namespace, name))
    if found is None:
        if source.get("optional"):
            return {}
        raise Hindered(f"ConfigMap {name} is not there", CONFIG_ERROR)
    texts = {key: text.encode() for key, text in (found.body.get("data") or {}).items()}
    binary = {key: _decoded(name, key, text) for key, text in (found.body.get("binaryData") or {}).items()}
    return _selected({**texts, **binary}, source, f"ConfigMap {name}")


def _decoded(name: str, key: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Hindered(f"ConfigMap {name} has no base64 in binaryData.{key}") from error


def _secret_files(source: Body, lookup: Lookup) -> dict[str, bytes]:
    name = source.get("secretName") or source["name"]
    found = lookup.secrets().get(name)
    if found is None:
        if source.get("optional"):
            return {}
        raise Hindered(f"secret {name} is not in {lookup.places.secrets}", CONFIG_ERROR)
    return _selected({key: value.encode() for key, value in found.items()}, source, f"secret {name}")


def _selected(files: Mapping[str, bytes], source: Body, owner: str) -> dict[str, bytes]:
    """All keys under their own names, or those that `items` lists under the paths it gives them."""
    if not source.get("items"):
        return dict(files)
    wanted = {item["path"]: item["key"] for item in source["items"]}
    for key in wanted.values():
        if key not in files and not source.get("optional"):
            raise Hindered(f"{owner} has no key {key}", CONFIG_ERROR)
    return {path: files[key] for path, key in wanted.items() if key in files}


def _pod_files(pod: Stored, source: Body) -> dict[str, bytes]:
    return {
        item["path"]: pod_field(pod, item["fieldRef"]["fieldPath"]).encode()
        for item in source.get("items") or ()
    }


def _projected(pod: Stored, sources: Sequence[Mapping[str, Any]], lookup: Lookup) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for source in sources:
        match source:
            case {"configMap": config}:
                files |= _config_files(pod, config, lookup)
            case {"secret": secret}:
                files |= _secret_files(secret, lookup)
            case {"downwardAPI": fields}:
                files |= _pod_files(pod, fields)
            case _:
                raise Hindered(f"a projected volume of {'/'.join(source)} can't be had on this machine")
    return files


def working_directory(container: Body, local_path: Callable[[str], Path], root: Path) -> Path:
    given = container.get("workingDir")
    return local_path(given) if given else root
