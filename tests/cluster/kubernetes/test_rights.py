"""The least rights on a real API server: what is granted is enough, what is lacking is told before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bundles import shop
from cluster_access import client
from control_plane import Access, Identity
from held_processes import eventually
from prepared_systems import opened

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler import roles
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Lacking
from trimtab.reconciler.mirror import kinds_of
from trimtab.reconciler.preparing import Prepared
from trimtab.reconciler.refusals import Refused
from trimtab.reconciler.rights import Right, of_bundle
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve


def system(namespace: str) -> Bundle:
    return replace(shop(), namespace=namespace, manifests=())


async def lacking(plane: Access, who: Identity, bundle: Bundle) -> Lacking:
    async with client(plane, who.kubeconfig) as cluster:
        return await cluster.lacking(of_bundle(bundle, kinds_of(bundle)), bundle.namespace)


def grant(plane: Access, objects: tuple[dict[str, Any], ...]) -> None:
    for each in objects:
        plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=each)


async def test_who_was_given_nothing_lacks_everything(prepared_cluster: Access, kube_namespace: str) -> None:
    eve = prepared_cluster.users.named(f"eve-{kube_namespace}")
    bundle = system(kube_namespace)
    told = await lacking(prepared_cluster, eve, bundle)
    assert told.who == f"eve-{kube_namespace}"
    assert set(told.rights) == set(of_bundle(bundle, kinds_of(bundle)))


async def test_what_the_rights_of_a_system_grant_is_enough_there_and_only_there(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    bot = prepared_cluster.users.service_account(kube_namespace, "bot")
    bundle = system(kube_namespace)
    grant(prepared_cluster, roles.system_roles(bundle, bot.subject))
    eventually(lambda: "deployments" in _list(prepared_cluster, bot, kube_namespace), "the grant")
    before = prepared_cluster.audit.mark()
    assert (await lacking(prepared_cluster, bot, bundle)).rights == ()
    asked = prepared_cluster.audit.requests(before, user=f"system:serviceaccount:{kube_namespace}:bot")
    assert [r.resource for r in asked] == ["selfsubjectrulesreviews"]
    elsewhere = await lacking(prepared_cluster, bot, system("default"))
    assert (
        Right("apps/v1", "Deployment", ("get", "list", "watch", "create", "patch", "delete"))
        in elsewhere.rights
    )


async def test_a_daemon_may_write_everywhere(prepared_cluster: Access, kube_namespace: str) -> None:
    daemon = prepared_cluster.users.service_account(kube_namespace, "daemon")
    grant(prepared_cluster, roles.writer_bindings(daemon.subject))
    eventually(lambda: "deployments" in _list(prepared_cluster, daemon, "default"), "the grant")
    assert (await lacking(prepared_cluster, daemon, system("default"))).rights == ()


async def test_an_apply_without_rights_says_which_and_writes_nothing(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    ann = prepared_cluster.users.named(f"ann-{kube_namespace}")
    bundle = system(kube_namespace)
    granted = roles.system_roles(bundle, ann.subject)
    for rule in granted[1]["rules"]:
        if "deployments" in rule["resources"]:
            rule["verbs"] = ["get", "list", "watch", "patch"]
    grant(prepared_cluster, granted)
    eventually(lambda: "deployments" in _list(prepared_cluster, ann, kube_namespace), "the grant")
    loaded = load("apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: shop}\nspec: {}\n", "f")
    prepared = Prepared("f", {}, resolve(loaded), bundle, (), Origin("file:f", ""))
    before = prepared_cluster.audit.mark()
    async with client(prepared_cluster, ann.kubeconfig) as cluster:
        with pytest.raises(Refused) as refused:
            async with opened(prepared, cluster, _Nobody()):
                pass
    assert str(refused.value) == (
        f"ann-{kube_namespace} may not create and delete deployments.apps in namespace {kube_namespace}, and nothing "
        "was written: an administrator grants what `trimtab cluster rights` prints"
    )
    asked = prepared_cluster.audit.requests(before, user=f"ann-{kube_namespace}")
    assert {r.resource for r in asked if r.verb not in ("get", "list", "watch")} == {
        "selfsubjectrulesreviews",
        "selfsubjectreviews",
    }


def test_who_may_view_sees_systems_and_runs(prepared_cluster: Access, kube_namespace: str) -> None:
    viewer = prepared_cluster.users.named(f"viewer-{kube_namespace}")
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "viewers", "namespace": kube_namespace},
        "roleRef": role,
        "subjects": [viewer.subject],
    }
    grant(prepared_cluster, (binding,))

    def may(verb: str, what: str) -> bool:
        asked = ("auth", "can-i", verb, what, "-n", kube_namespace, "--as", f"viewer-{kube_namespace}")
        try:
            return prepared_cluster.kubectl(*asked).strip() == "yes"
        except Exception:  # noqa: BLE001 - its exit code says no
            return False

    eventually(lambda: may("list", "runs.trimtab.dev") and may("watch", "mlsystems.trimtab.dev"), "the view")
    assert not may("update", "runs.trimtab.dev/status")
    assert not may("create", "runs.trimtab.dev")


def _list(plane: Access, who: Identity, namespace: str) -> str:
    return plane.kubectl("auth", "can-i", "--list", "-n", namespace, kubeconfig=who.kubeconfig)


class _Nobody:
    def planned(self, plan: Any, state: Any) -> None: ...

    def acted(self, action: Any) -> None: ...
