"""`trimtab cluster install` on a real API server: once, again, by somebody who may not, over another version."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import replace
from pathlib import Path

import pytest
from cluster_access import client, install
from control_plane import Access, ControlPlane
from engines import observed
from ledger_records import RECORD

from trimtab.reconciler import ledger
from trimtab.reconciler.cluster import Rejected
from trimtab.reconciler.crds import definitions
from trimtab.reconciler.kubernetes import installing
from trimtab.reconciler.kubernetes.installing import CanNot


async def test_it_is_done_once_and_can_be_repeated(own_control_plane: ControlPlane) -> None:
    would = await install(own_control_plane, dry_run=True)
    assert set(would.values()) == {"created"}
    assert "mlsystems" not in own_control_plane.kubectl("get", "crd")
    assert await install(own_control_plane) == would
    assert own_control_plane.kubectl("get", "mlsystems,runs", "-A") == ""
    again = await install(own_control_plane)
    assert set(again.values()) == {"unchanged"}
    assert await install(own_control_plane, dry_run=True) == again
    await newer_definitions_are_kept(own_control_plane)
    await what_another_tool_wrote_is_not_taken(own_control_plane)


async def newer_definitions_are_kept(plane: ControlPlane) -> None:
    newer = copy.deepcopy(definitions()[1])
    schema = newer["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["status"]["properties"]["later"] = {"type": "string"}
    async with client(plane) as cluster:
        await cluster.apply(newer)
    with pytest.raises(
        CanNot, match=r"runs.trimtab.dev has fields that this Trimtab does not know \(status.later\)"
    ):
        await install(plane)
    assert (await install(plane, force=True))["CustomResourceDefinition/runs.trimtab.dev"] == "changed"
    assert set((await install(plane)).values()) == {"unchanged"}


async def what_another_tool_wrote_is_not_taken(plane: ControlPlane) -> None:
    role = next(o for o in installing.objects() if o["metadata"]["name"] == "trimtab-viewer")
    async with client(plane, manager="helm") as other:
        await other.apply({**role, "rules": []}, force=True)
    with pytest.raises(CanNot, match="ClusterRole/trimtab-viewer was written by helm; --force takes it over"):
        await install(plane)
    assert (await install(plane, force=True))["ClusterRole/trimtab-viewer"] == "changed"


async def test_who_is_no_administrator_is_told(control_plane: Access, tmp_path: Path) -> None:
    bob = control_plane.users.named("bob-the-reader")
    async with client(control_plane, bob.kubeconfig) as cluster:
        with pytest.raises(
            CanNot, match=r"bob-the-reader may not patch customresourcedefinitions.*administrator"
        ):
            async for _ in installing.install(cluster):
                pass


async def test_definitions_of_an_older_version_are_told_as_such(own_control_plane: ControlPlane) -> None:
    await install(own_control_plane)
    older = copy.deepcopy(definitions()[1])
    schema = older["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    del schema["properties"]["status"]["properties"]["summary"]
    body = ledger.to_body(RECORD, "shop", "default")
    ref = ledger.ref_of(RECORD, "default")
    async with client(own_control_plane) as cluster:
        await cluster.apply(older, force=True)
        made = observed(await cluster.create(body))
        status = ledger.to_status(replace(RECORD, attempt=1))

        async def refusal() -> str:
            answer = await cluster.set_status(ref, status, revision=made.revision)
            return answer.message if isinstance(answer, Rejected) else ""

        async with asyncio.timeout(30):
            while not (said := await refusal()):
                await asyncio.sleep(0.05)
                made = next(iter(await cluster.list("trimtab.dev/v1", "Run", "default")))
    assert said.endswith(
        "status.summary: unknown field: another version of Trimtab was installed there, and an administrator brings "
        "it up to date with `trimtab cluster install`"
    )
