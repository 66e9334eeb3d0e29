"""Before a Pod's containers can start: its network, what it names, its volumes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from node_agent import sandbox, volumes
from node_agent.api import Body, path
from node_agent.container import Surroundings
from node_agent.environment import Known, host_name, service_variables
from node_agent.machine import Machine
from node_agent.pod_fields import Addresses
from node_agent.pod_place import PodPlace
from node_agent.references import load
from node_agent.sandbox import Sandbox
from node_agent.volumes import FAILED_MOUNT, Sources, Token
from trimtab.reconciler.local.controllers.hindrance import Hindered


async def open_sandbox(machine: Machine, pod: Body, place: PodPlace) -> Sandbox:
    own_network = not pod["spec"].get("hostNetwork")
    node = machine.node_addresses[pod["spec"]["nodeName"]]
    address = machine.addresses.take() if own_network else node
    await asyncio.to_thread(place.make, pod, address)
    memory = volumes.memory(pod, place.volumes)
    return await sandbox.start(host_name(pod), address, memory, own_network=own_network)


async def surroundings(machine: Machine, pod: Body, place: PodPlace, opened: Sandbox) -> Surroundings:
    """May be repeated, and then brings the files of volumes up to date. Raises `Hindered`."""
    links = pod["spec"].get("enableServiceLinks", True)
    known = Known(
        pod,
        await load(machine.api, pod),
        Addresses(opened.address, machine.node_addresses[pod["spec"]["nodeName"]]),
        service_variables(machine.services(), pod["metadata"]["namespace"], links=links),
    )
    sources = Sources(known, await _claims(machine, pod), await _tokens(machine, pod))
    try:
        folders = await asyncio.to_thread(volumes.make, place.volumes, sources)
    except Hindered as why:
        raise Hindered(why.message, FAILED_MOUNT) from why
    return Surroundings(known, place, folders, opened.pid, machine.notices_path)


async def _claims(machine: Machine, pod: Body) -> dict[str, Path]:
    """The folder of each claim, by volume."""
    namespace = pod["metadata"]["namespace"]
    found = {}
    for volume, name in volumes.claims(pod).items():
        claim = await machine.api.get(path("v1", "persistentvolumeclaims", namespace, name))
        bound = claim is not None and claim.get("status", {}).get("phase") == "Bound"
        if claim is None or not bound:
            raise Hindered(f'persistentvolumeclaim "{name}" is not bound', FAILED_MOUNT)
        behind = await machine.api.get(path("v1", "persistentvolumes", name=claim["spec"]["volumeName"]))
        if behind is None or "hostPath" not in behind["spec"]:
            raise Hindered(f'persistentvolumeclaim "{name}" is on no disk of this machine', FAILED_MOUNT)
        found[volume] = Path(behind["spec"]["hostPath"]["path"])
    return found


async def _tokens(machine: Machine, pod: Body) -> dict[Token, str]:
    metadata, account = pod["metadata"], pod["spec"].get("serviceAccountName", "default")
    bound = {"kind": "Pod", "apiVersion": "v1", "name": metadata["name"], "uid": metadata["uid"]}
    where = path("v1", "serviceaccounts", metadata["namespace"], account, "token")
    found = {}
    for audience, seconds in volumes.tokens(pod):
        spec = {"expirationSeconds": max(seconds, 600), "boundObjectRef": bound}
        asked = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {**spec, **({"audiences": [audience]} if audience else {})},
        }
        found[audience, seconds] = str((await machine.api.post(where, asked))["status"]["token"])
    return found
