"""A Pod's volumes: what each is to be (pure), and its folder on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from node_agent import written_files
from node_agent.api import Body
from node_agent.environment import Known
from node_agent.pod_fields import field, quantity, resource
from node_agent.references import CONFIG_MAPS, SECRETS, all_containers, values
from node_agent.written_files import File
from trimtab.reconciler.local.controllers.hindrance import Hindered

FAILED_MOUNT = "ContainerCreating"
"""A volume that can't be had leaves its Pod's containers waiting like this; an Event says why."""

Token = tuple[str, int]
"""Audience (none: the API server's own) and seconds."""


@dataclass(frozen=True)
class Sources:
    """What volumes are made of, beside what variables are made of too."""

    known: Known
    claims: Mapping[str, Path]
    tokens: Mapping[Token, str]


def memory(pod: Body, folder: Path) -> dict[Path, str]:
    """Folders that are to be file systems in memory, with their mount options."""
    found = {}
    for volume in pod["spec"].get("volumes") or ():
        empty = volume.get("emptyDir") or {}
        if empty.get("medium") == "Memory":
            limit = f",size={int(quantity(str(empty['sizeLimit'])))}" if "sizeLimit" in empty else ""
            place = folder / volume["name"]
            place.mkdir(parents=True, exist_ok=True)
            found[place] = f"mode=1777{limit}"
    return found


def claims(pod: Body) -> dict[str, str]:
    """Claim by volume."""
    found = {}
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found[volume["name"]] = volume["persistentVolumeClaim"]["claimName"]
        elif "ephemeral" in volume:
            found[volume["name"]] = f"{pod['metadata']['name']}-{volume['name']}"
    return found


def tokens(pod: Body) -> set[Token]:
    return {_token(each["serviceAccountToken"]) for each in _sources(pod) if "serviceAccountToken" in each}


def make(folder: Path, sources: Sources) -> dict[str, Path]:
    """Folders by volume; may be repeated, and then brings what is written up to date. Raises `Hindered`, `OSError`."""
    pod = sources.known.pod
    group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
    found = {}
    for volume in pod["spec"].get("volumes") or ():
        place = folder / volume["name"]
        files = _files(volume, sources)
        if files is not None:
            written_files.write(place, files, group)
        elif volume["name"] in claims(pod):
            place = sources.claims[volume["name"]]
            _give_to(place, group)
        elif "emptyDir" in volume or len(volume) == 1:
            _make_empty(place, group)
        else:
            kind = next(key for key in volume if key != "name")
            raise Hindered(f"volume {volume['name']}: no {kind} on a node of the tests", FAILED_MOUNT)
        found[volume["name"]] = place
    return found


def _make_empty(place: Path, group: int | None) -> None:
    if not place.exists():
        place.mkdir(parents=True)
        place.chmod(0o777 if group is None else 0o2777)
        os.chown(place, -1, -1 if group is None else group)


def _give_to(place: Path, group: int | None) -> None:
    """All of a claim's folder belongs to the group; what is made in it later inherits that."""
    if group is None or place.stat().st_gid == group:
        return
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            os.chown(path, -1, group)
            path.chmod(path.stat().st_mode | (0o2070 if path.is_dir() else 0o060))
    place.chmod(0o2775)


def _files(volume: Body, sources: Sources) -> dict[str, File] | None:
    for kind in ("configMap", "secret", "downwardAPI", "projected"):
        if kind in volume:
            mode = volume[kind].get("defaultMode", 0o644)
            parts = volume[kind].get("sources") or () if kind == "projected" else [{kind: volume[kind]}]
            return {name: file for part in parts for name, file in _part(part, mode, sources).items()}
    return None


def _part(source: Body, mode: int, sources: Sources) -> dict[str, File]:
    known = sources.known
    if "configMap" in source:
        return _selected(values(known.objects, CONFIG_MAPS, source["configMap"]), source["configMap"], mode)
    if "secret" in source:
        return _selected(values(known.objects, SECRETS, source["secret"]), source["secret"], mode)
    if "downwardAPI" in source:
        items = source["downwardAPI"].get("items") or ()
        return {item["path"]: File(_field(item, known).encode(), item.get("mode", mode)) for item in items}
    if "serviceAccountToken" in source:
        token = source["serviceAccountToken"]
        return {token["path"]: File(sources.tokens[_token(token)].encode(), mode)}
    raise Hindered(f"no projected {'/'.join(source)} on a node of the tests", FAILED_MOUNT)


def _selected(found: Mapping[str, bytes], source: Body, mode: int) -> dict[str, File]:
    if not source.get("items"):
        return {key: File(data, mode) for key, data in found.items()}
    for item in source["items"]:
        if item["key"] not in found and not source.get("optional"):
            raise Hindered(f"references non-existent config key: {item['key']}", FAILED_MOUNT)
    return {
        item["path"]: File(found[item["key"]], item.get("mode", mode))
        for item in source["items"]
        if item["key"] in found
    }


def _field(item: Body, known: Known) -> str:
    if "fieldRef" in item:
        return field(known.pod, item["fieldRef"]["fieldPath"], known.addresses)
    source = item["resourceFieldRef"]
    named = next(c for c in all_containers(known.pod) if c["name"] == source["containerName"])
    return resource(named, source)


def _sources(pod: Body) -> Iterator[Body]:
    for volume in pod["spec"].get("volumes") or ():
        yield from (volume.get("projected") or {}).get("sources") or ()


def _token(source: Body) -> Token:
    return source.get("audience", ""), int(source.get("expirationSeconds", 3600))
