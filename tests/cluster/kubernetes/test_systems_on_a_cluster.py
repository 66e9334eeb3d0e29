"""A system without runs on a real API server, by the real loop: edits of the mirror, replacements, the least rights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from bundles import shop
from cluster_access import client
from control_plane import Access
from held_processes import eventually
from prepared_systems import opened

from trimtab.compiler.bundle import Bundle, Manifest, Ref
from trimtab.reconciler import roles
from trimtab.reconciler.actions import Action, Plan, Verb
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.preparing import Prepared
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

SPEC = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: shop}\nspec: {}\n"


def placed(api_version: str, kind: str, name: str, namespace: str, **body: Any) -> Manifest:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    whole = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
    return Manifest(Ref(api_version, kind, namespace, name), whole, {(): ("spec", kind)}, {})


def volume(namespace: str) -> dict[str, Any]:
    """For the one claim of the class that is called like the namespace."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"volume-of-{namespace}"},
        "spec": {
            "storageClassName": namespace,
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/nowhere"},
        },
    }


def system(namespace: str, app: str = "a", size: str = "1Gi") -> Bundle:
    labels = {"app": app}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]},
    }
    manifests = (
        placed("v1", "Namespace", namespace, ""),
        placed("v1", "ConfigMap", "settings", namespace, data={"color": "red"}),
        placed(
            *("v1", "PersistentVolumeClaim", "data", namespace),
            spec={
                "storageClassName": namespace,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            },
        ),
        placed(
            *("apps/v1", "Deployment", "web", namespace),
            spec={"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        ),
    )
    spec = {"deployment": {"web": {"model": app}}}
    return replace(
        shop(),
        namespace=namespace,
        manifests=manifests,
        runs=(),
        endpoints=(),
        edges=(),
        datasets=(),
        spec=spec,
    )


@pytest.fixture
def home(prepared_cluster: Access, kube_namespace: str) -> Iterator[str]:
    """A namespace, and a volume for the claim that will be made there."""
    prepared_cluster.api.create("/api/v1/persistentvolumes", volume(kube_namespace))
    yield kube_namespace
    prepared_cluster.api.delete(f"/api/v1/persistentvolumes/volume-of-{kube_namespace}")


@dataclass
class Listening:
    done: list[tuple[str, str]] = field(default_factory=list)

    def planned(self, plan: Plan, state: Any) -> None: ...

    def acted(self, action: Action) -> None:
        if action.step.verb is not Verb.REMEMBER:
            self.done.append((action.step.verb.value, action.step.node))


@asynccontextmanager
async def loop_on(
    plane: Access, bundle: Bundle, kubeconfig: Path | None = None
) -> AsyncIterator[tuple[Loop, Listening]]:
    listening = Listening()
    prepared = Prepared("f", {}, resolve(load(SPEC, "f")), bundle, (), Origin("file:f", 40 * "c"))
    async with client(plane, kubeconfig) as cluster, opened(prepared, cluster, listening) as loop:
        yield loop, listening


async def settled(
    plane: Access, bundle: Bundle, kubeconfig: Path | None = None
) -> tuple[Plan, list[tuple[str, str]]]:
    async with asyncio.timeout(60), loop_on(plane, bundle, kubeconfig) as (loop, listening):
        return await loop.settle(), listening.done


async def test_an_edit_of_the_mirror_is_healed(prepared_cluster: Access, home: str) -> None:
    plane = prepared_cluster
    async with loop_on(plane, system(home)) as (loop, listening):
        keeping = asyncio.create_task(loop.keep(lambda: False))
        try:
            await asyncio.to_thread(
                plane.kubectl,
                "-n",
                home,
                "wait",
                "mlsystem/shop",
                "--for=condition=Ready",
                "--timeout=60s",
            )
            patch = '{"spec":{"deployment":{"web":{"model":"other"},"more":{"model":"b"}}}}'
            await asyncio.to_thread(
                plane.kubectl, "-n", home, "patch", "mlsystem", "shop", "--type=merge", "-p", patch
            )

            def mirrored() -> object:
                told = plane.kubectl("-n", home, "get", "mlsystem", "shop", "-o", "json")
                return json.loads(told)["spec"]

            written = system(home).spec
            await asyncio.to_thread(eventually, lambda: mirrored() == written, "the healed mirror")
            assert ("heal", "MLSystem/shop") in listening.done
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


async def test_what_never_changes_is_replaced_and_what_holds_data_is_not(
    prepared_cluster: Access, home: str
) -> None:
    plan, done = await settled(prepared_cluster, system(home))
    assert plan.is_converged, plan.holds
    assert ("create", "Deployment/web") in done
    plan, done = await settled(prepared_cluster, system(home))
    assert (plan.is_converged, done) == (True, [])
    plan, done = await settled(prepared_cluster, system(home, app="b"))
    assert plan.is_converged, plan.holds
    assert [d for d in done if d[1] == "Deployment/web"] == [
        ("replace", "Deployment/web"),
        ("create", "Deployment/web"),
    ]
    plan, done = await settled(prepared_cluster, system(home, app="b", size="512Mi"))
    assert done == []
    (hold,) = plan.holds
    assert hold.reason.startswith("impossible: spec.resources.requests.storage can't be changed in place")


async def test_the_least_rights_are_enough_for_all_of_it(prepared_cluster: Access, home: str) -> None:
    plane, bundle = prepared_cluster, system(home)
    bot = plane.users.service_account(home, "writer")
    for each in roles.system_roles(bundle, bot.subject):
        plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=each)
    asked = ("auth", "can-i", "--list", "-n", home)
    eventually(lambda: "deployments" in plane.kubectl(*asked, kubeconfig=bot.kubeconfig), "the grant")
    before = plane.audit.mark()
    plan, done = await settled(plane, bundle, bot.kubeconfig)
    assert plan.is_converged, plan.holds
    plan, done = await settled(plane, system(home, app="b"), bot.kubeconfig)
    assert plan.is_converged, plan.holds
    assert ("replace", "Deployment/web") in done
    refused = [
        (r.verb, r.resource, r.namespace)
        for r in plane.audit.requests(before, user=f"system:serviceaccount:{home}:writer")
        if r.code == 403
    ]
    assert {(resource, namespace) for _, resource, namespace in refused if namespace} == set()
    assert {verb for verb, _, _ in refused} <= {"list", "watch"}  # of all namespaces: then of this one
