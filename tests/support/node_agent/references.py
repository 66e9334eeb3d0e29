"""What a Pod names besides itself: ConfigMaps and Secrets, of its volumes and of its variables; and how to get them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Mapping
from typing import Any

from node_agent.api import Api, Body, path
from trimtab.reconciler.local.controllers.hindrance import Hindered

CONFIG_ERROR = "CreateContainerConfigError"
CONFIG_MAPS, SECRETS = "configmaps", "secrets"
SPOKEN = {CONFIG_MAPS: "configmap", SECRETS: "secret"}

Reference = tuple[str, str]
"""Plural kind and name, in the Pod's namespace."""

Objects = Mapping[Reference, Body | None]
"""None stands for what is not there."""


def all_containers(pod: Body) -> list[Body]:
    return [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]


def references(pod: Body) -> set[Reference]:
    found = set()
    for volume in pod["spec"].get("volumes") or ():
        found |= set(_of_volume(volume))
        for source in (volume.get("projected") or {}).get("sources") or ():
            found |= set(_of_volume(source))
    for container in all_containers(pod):
        found |= set(_of_variables(container))
    return found


async def load(api: Api, pod: Body) -> Objects:
    wanted, namespace = sorted(references(pod)), pod["metadata"]["namespace"]
    found = await asyncio.gather(*(api.get(path("v1", kind, namespace, name)) for kind, name in wanted))
    return dict(zip(wanted, found, strict=True))


def values(objects: Objects, kind: str, source: Body) -> dict[str, bytes]:
    """All keys of a ConfigMap or Secret; none where it is optional and not there. Raises `Hindered`."""
    name = source.get("secretName") or source["name"]
    body = objects.get((kind, name))
    if body is None:
        if source.get("optional"):
            return {}
        raise Hindered(f'{SPOKEN[kind]} "{name}" not found', CONFIG_ERROR)
    plain, encoded = ("data", "binaryData") if kind == CONFIG_MAPS else ("stringData", "data")
    return {
        **{key: text.encode() for key, text in (body.get(plain) or {}).items()},
        **{key: base64.b64decode(text) for key, text in (body.get(encoded) or {}).items()},
    }


def texts(objects: Objects, kind: str, source: Body) -> dict[str, str]:
    """What may become variables: a ConfigMap's `binaryData` may not. Raises `Hindered`."""
    found = values(objects, kind, source)
    if kind == CONFIG_MAPS:
        body = objects.get((kind, source["name"])) or {}
        found = {key: data for key, data in found.items() if key in (body.get("data") or {})}
    return {key: data.decode(errors="replace") for key, data in found.items()}


def _of_volume(source: Body) -> Iterator[Reference]:
    if "configMap" in source:
        yield CONFIG_MAPS, source["configMap"]["name"]
    if "secret" in source:
        yield SECRETS, source["secret"].get("secretName") or source["secret"]["name"]


def _of_variables(container: Body) -> Iterator[Reference]:
    given: list[Mapping[str, Any]] = [each.get("valueFrom") or {} for each in container.get("env") or ()]
    for source in (*given, *(container.get("envFrom") or ())):
        for key, kind in (
            ("configMapKeyRef", CONFIG_MAPS),
            ("configMapRef", CONFIG_MAPS),
            ("secretKeyRef", SECRETS),
            ("secretRef", SECRETS),
        ):
            if key in source:
                yield kind, source[key]["name"]
