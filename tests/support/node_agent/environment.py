"""A container's variables as a kubelet makes them: Services, its image, `envFrom`, `env` in order, `$(NAME)` in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from node_agent.api import Body
from node_agent.images import Image
from node_agent.pod_fields import Addresses, field, resource
from node_agent.references import CONFIG_ERROR, CONFIG_MAPS, SECRETS, SPOKEN, Objects, texts
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.variables import Variables, command, expand

USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Known:
    """All that a Pod's files and variables are made of."""

    pod: Body
    objects: Objects
    addresses: Addresses
    services: Mapping[str, str]
    """Variables that say where Services are."""


def environment(known: Known, container: Body, image: Image) -> Variables:
    """Raises `Hindered`."""
    path = ":".join([*image.path, USUAL_PATH])
    found = Variables({**known.services, "PATH": path, "HOME": "/root", **image.env})
    found.set("HOSTNAME", host_name(known.pod))
    for source in container.get("envFrom") or ():
        kind, ref = (
            (CONFIG_MAPS, source["configMapRef"])
            if "configMapRef" in source
            else (SECRETS, source["secretRef"])
        )
        for key, text in texts(known.objects, kind, ref).items():
            found.set(source.get("prefix", "") + key, text)
    for entry in container.get("env") or ():
        if "valueFrom" not in entry:
            found.set(entry["name"], expand(entry.get("value", ""), found))
        elif (value := _given(known, container, entry["valueFrom"])) is not None:
            found.set(entry["name"], value)
    return found


def arguments(container: Body, image: Image, found: Variables) -> list[str]:
    """Raises `Hindered` where neither container nor image has a command."""
    own = container if container.get("command") else {**container, "command": image.command}
    argv = list(command(own, found))
    if not argv:
        raise Hindered("no command specified", "CreateContainerError")
    return argv


def host_name(pod: Body) -> str:
    return str(pod["spec"].get("hostname") or pod["metadata"]["name"])[:63]


def service_variables(services: Iterable[Body], namespace: str, *, links: bool) -> dict[str, str]:
    """Of the API server for everybody; of the namespace's own Services where the Pod wants links."""
    found = {}
    for service in services:
        metadata, spec = service["metadata"], service["spec"]
        own = metadata["namespace"] == namespace and links
        api = (metadata["namespace"], metadata["name"]) == ("default", "kubernetes")
        if not (own or api) or spec.get("clusterIP", "None") in ("None", ""):
            continue
        name, address = metadata["name"].upper().replace("-", "_"), spec["clusterIP"]
        found[f"{name}_SERVICE_HOST"] = address
        found[f"{name}_SERVICE_PORT"] = str(spec["ports"][0]["port"])
        for port in spec["ports"]:
            if port.get("name"):
                found[f"{name}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
            wire = f"{name}_PORT_{port['port']}_{port.get('protocol', 'TCP')}"
            found[wire] = f"{port.get('protocol', 'TCP').lower()}://{address}:{port['port']}"
    return found


def _given(known: Known, container: Body, source: Body) -> str | None:
    if "fieldRef" in source:
        return field(known.pod, source["fieldRef"]["fieldPath"], known.addresses)
    if "resourceFieldRef" in source:
        return resource(container, source["resourceFieldRef"])
    kind, ref = (
        (CONFIG_MAPS, source["configMapKeyRef"])
        if "configMapKeyRef" in source
        else (SECRETS, source["secretKeyRef"])
    )
    value = texts(known.objects, kind, ref).get(ref["key"])
    if value is not None or ref.get("optional"):
        return value
    where = f"{known.pod['metadata']['namespace']}/{ref['name']}"
    raise Hindered(f"couldn't find key {ref['key']} in {SPOKEN[kind]} {where}", CONFIG_ERROR)
