"""What others do to our objects on a real API server, and which of it is drift: the traps, one by one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from control_plane import Access
from keeping import Keeper, Stranger, keeping
from webhooks import Judge, set_value, webhook

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import FIELD_MANAGER

DEPLOYMENT, CONFIG = ("apps/v1", "Deployment"), ("v1", "ConfigMap")


@pytest.fixture
async def keeper(control_plane: Access, kube_namespace: str) -> AsyncIterator[Keeper]:
    async with keeping(control_plane.kubeconfig, kube_namespace, DEPLOYMENT, CONFIG) as keeper:
        yield keeper


def web(keeper: Keeper) -> dict[str, Any]:
    """A Deployment with a list of each kind, an empty struct, and quantities that a server writes in its own way."""
    labels = {"app": "web"}
    container = {
        "name": "main",
        "image": "example.org/web:1",
        "args": ["--one", "--two"],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
    }
    init = [{"name": name, "image": "example.org/init:1"} for name in ("first", "second")]
    pod = {
        "initContainers": init,
        "containers": [container],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
    }
    return keeper.marked(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "annotations": {"example.org/ours": "yes"}},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }
    )


async def kept(keeper: Keeper, plane: Access) -> tuple[Ref, dict[str, Any], Stranger]:
    body = web(keeper)
    ref = await keeper.apply(body)
    stranger = Stranger(plane, f"/apis/apps/v1/namespaces/{keeper.namespace}/deployments/web")
    await keeper.until(lambda: ref in keeper.mirror.objects, "the Deployment")
    return ref, body, stranger


def pod(live: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = live["spec"]["template"]["spec"]
    return spec


def main(live: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = next(c for c in pod(live)["containers"] if c["name"] == "main")
    return container


def reorder(items: Callable[[dict[str, Any]], list[Any]]) -> Callable[[dict[str, Any]], None]:
    return lambda live: items(live).reverse()


def patch_of_template(spec: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def _put(change: Callable[[dict[str, Any]], object]) -> Callable[[Stranger, dict[str, Any]], object]:
    return lambda stranger, body: stranger.put(change)


def _apply_other(stranger: Stranger, body: dict[str, Any], **how: Any) -> object:
    other = copy.deepcopy(body)
    main(other)["env"][0]["value"] = "other"
    return stranger.apply(other, **how)


CHANGES: dict[str, Callable[[Stranger, dict[str, Any]], object]] = {
    "replicas, by a merge patch": lambda s, b: s.patch({"spec": {"replicas": 3}}),
    "replicas, by the scale subresource": lambda s, b: s.patch({"spec": {"replicas": 3}}, part="scale"),
    "a variable, by a strategic patch": lambda s, b: s.patch(
        patch_of_template({"containers": [{"name": "main", "env": [{"name": "A", "value": "x"}]}]}),
        "strategic",
    ),
    "an argument, by a JSON patch": lambda s, b: s.patch(
        [{"op": "replace", "path": "/spec/template/spec/containers/0/args/0", "value": "--x"}], "json"
    ),
    "a variable taken out, by a replacement": _put(lambda live: main(live)["env"].pop(0)),
    "our label stripped": lambda s, b: s.patch({"metadata": {"labels": {"trimtab.dev/system": None}}}),
    "our annotation changed": lambda s, b: s.patch({"metadata": {"annotations": {"example.org/ours": "no"}}}),
    "init containers in another order": _put(reorder(lambda live: pod(live)["initContainers"])),
    "variables in another order": _put(reorder(lambda live: main(live)["env"])),
    "a forced apply of another manager": lambda s, b: _apply_other(s, b, manager="kustomize", force=True),
    "an apply under our own manager's name": lambda s, b: _apply_other(s, b, manager=FIELD_MANAGER),
    "ownership reset": _put(lambda live: live["metadata"].update(managedFields=[{}])),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_drift_is_seen_and_healed(keeper: Keeper, control_plane: Access, change: str) -> None:
    ref, body, stranger = await kept(keeper, control_plane)
    CHANGES[change](stranger, body)
    await keeper.drift(ref)
    await keeper.heal(body)
    await keeper.knows(ref, stranger.get())
    assert not keeper.has_drifted(ref)
    assert stranger.is_as_applied(body)


NO_DRIFT: dict[str, Callable[[Stranger, dict[str, Any]], dict[str, Any]]] = {
    "a label of his own": lambda s, b: s.patch({"metadata": {"labels": {"team": "x"}}}),
    "a sidecar": lambda s, b: s.patch(
        patch_of_template({"containers": [{"name": "sidecar", "image": "example.org/proxy:1"}]}), "strategic"
    ),
    "a sidecar before ours": lambda s, b: s.put(
        lambda live: pod(live)["containers"].insert(0, {"name": "sidecar", "image": "example.org/proxy:1"})
    ),
    "a variable of his own": lambda s, b: s.patch(
        patch_of_template({"containers": [{"name": "main", "env": [{"name": "Z", "value": "9"}]}]}),
        "strategic",
    ),
    "a status": lambda s, b: s.patch({"status": {"observedGeneration": 1}}, part="status"),
    "something inside our empty struct, by an apply": lambda s, b: s.apply(medium(b)),
    "something inside our empty struct, by a patch": lambda s, b: s.patch(
        patch_of_template({"volumes": [{"name": "scratch", "emptyDir": {"medium": "Memory"}}]}), "strategic"
    ),
    "a field that he shares with us, at our value": lambda s, b: s.apply(
        {**minimal(b), "spec": {"replicas": 1}}
    ),
    "our own apply again": lambda s, b: s.apply(b, manager=FIELD_MANAGER),
}


def minimal(body: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": body["metadata"]["name"], "namespace": body["metadata"]["namespace"]}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata}


def medium(body: dict[str, Any]) -> dict[str, Any]:
    volumes = [{"name": "scratch", "emptyDir": {"medium": "Memory"}}]
    return {**minimal(body), **patch_of_template({"volumes": volumes})}


@pytest.mark.parametrize("change", NO_DRIFT)
async def test_what_is_not_ours_is_no_drift(keeper: Keeper, control_plane: Access, change: str) -> None:
    ref, body, stranger = await kept(keeper, control_plane)
    await keeper.knows(ref, NO_DRIFT[change](stranger, body))
    assert not keeper.has_drifted(ref)


async def test_a_delete_and_a_successor_of_the_same_name(keeper: Keeper, control_plane: Access) -> None:
    ref, body, stranger = await kept(keeper, control_plane)
    first = keeper.mirror.objects[ref].uid
    stranger.delete()
    stranger.apply(body, manager="somebody")
    await keeper.until(
        lambda: ref in keeper.mirror.objects and keeper.mirror.objects[ref].uid != first, "another"
    )
    assert keeper.has_drifted(ref), "it is nobody's that we know"
    await keeper.heal(body)
    assert not keeper.has_drifted(ref)


async def test_an_event_that_overtakes_the_answer_to_our_apply(keeper: Keeper, control_plane: Access) -> None:
    """What a stranger wrote after our apply is told before the apply has answered: the answer is the older news."""
    ref, body, stranger = await kept(keeper, control_plane)
    keeper.cluster.answers.clear()
    changed = copy.deepcopy(body)
    changed["spec"]["replicas"] = 2
    ours = asyncio.create_task(keeper.apply(changed))
    await keeper.until(lambda: keeper.has_drifted(ref), "news of our own apply")
    await keeper.knows(ref, stranger.patch({"spec": {"replicas": 7}}))
    keeper.cluster.answers.set()
    await ours
    assert keeper.has_drifted(ref)
    await keeper.heal(changed)
    assert not keeper.has_drifted(ref)
    assert stranger.get()["spec"]["replicas"] == 2


async def test_quantities_and_defaults_are_no_drift_and_an_apply_again_changes_nothing(
    keeper: Keeper, control_plane: Access
) -> None:
    ref, body, stranger = await kept(keeper, control_plane)
    assert main(stranger.get())["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}
    assert not keeper.has_drifted(ref)
    before = keeper.memory.baseline[ref]
    await keeper.heal(body)
    assert keeper.memory.baseline[ref] == before
    assert stranger.get()["metadata"]["generation"] == 1


def config(keeper: Keeper) -> dict[str, Any]:
    metadata = {"name": "settings"}
    return keeper.marked(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "red"}}
    )


async def kept_config(keeper: Keeper, plane: Access) -> tuple[Ref, dict[str, Any], Stranger]:
    body = config(keeper)
    ref = await keeper.apply(body)
    return ref, body, Stranger(plane, f"/api/v1/namespaces/{keeper.namespace}/configmaps/settings")


def only_of_others(judge: Judge) -> Judge:
    async def judged(request: dict[str, Any]) -> dict[str, Any]:
        ours = request["options"].get("fieldManager") == FIELD_MANAGER
        return {"allowed": True} if ours else await judge(request)

    return judged


async def in_force(write: Callable[[], dict[str, Any]], is_rewritten: Callable[[str], bool]) -> None:
    """An API server takes a moment to heed a new rule. In a thread: a webhook of this test answers meanwhile."""
    async with asyncio.timeout(30):
        while not is_rewritten((await asyncio.to_thread(write))["data"]["color"]):
            await asyncio.sleep(0.05)


def is_grey(color: str) -> bool:
    return color == "grey"


async def test_a_webhook_that_rewrites_ours_as_others_write(keeper: Keeper, control_plane: Access) -> None:
    """Who owns the field is not touched by it: nothing in managedFields tells of this."""
    ref, body, stranger = await kept_config(keeper, control_plane)
    rewrite = only_of_others(set_value("/data/color", "grey"))
    async with webhook(control_plane, keeper.namespace, rewrite, mutating=True):
        labelled = {"metadata": {"labels": {"team": "x"}}}
        await in_force(lambda: stranger.patch(labelled), is_grey)
        await keeper.drift(ref)
        await keeper.heal(body)
        assert not keeper.has_drifted(ref)
        assert stranger.get()["data"]["color"] == "red"


async def test_a_webhook_that_writes_something_else_each_time_is_not_fought(
    keeper: Keeper, control_plane: Access
) -> None:
    """What our own apply was turned into is the state to keep; the next one would be turned into another."""
    ref, body, stranger = await kept_config(keeper, control_plane)
    count = iter(range(1_000_000))

    async def flap(request: dict[str, Any]) -> dict[str, Any]:
        return await set_value("/data/color", str(next(count)))(request)

    async with webhook(control_plane, keeper.namespace, flap, mutating=True):
        await in_force(lambda: stranger.patch({"data": {"other": "x"}}), str.isdecimal)
        await keeper.drift(ref)
        await keeper.heal(body)
        await keeper.knows(ref, stranger.get())
        assert not keeper.has_drifted(ref)


POLICY = "/apis/admissionregistration.k8s.io/v1"


async def test_a_policy_that_rewrites_ours_as_others_write(keeper: Keeper, control_plane: Access) -> None:
    ref, body, stranger = await kept_config(keeper, control_plane)
    name = f"grey-{keeper.namespace}"
    for path, rule in policy(name, keeper.namespace):
        control_plane.api.create(path, rule)
    try:
        labelled = {"metadata": {"labels": {"team": "x"}}}
        await in_force(lambda: stranger.patch(labelled), is_grey)
        await keeper.drift(ref)
        await keeper.heal(body)
        assert not keeper.has_drifted(ref)
    finally:
        for path, rule in policy(name, keeper.namespace):
            control_plane.api.delete(f"{path}/{rule['metadata']['name']}")


def policy(name: str, namespace: str) -> list[tuple[str, dict[str, Any]]]:
    """Grey is what every ConfigMap becomes that somebody else touches."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"]}
    apply = {"expression": 'Object{data: {"color": "grey"}}'}
    ours = f"!has(request.options.fieldManager) || request.options.fieldManager != '{FIELD_MANAGER}'"
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "matchConditions": [{"name": "not-ours", "expression": ours}],
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": apply}],
    }
    where = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    bound = {"policyName": name, "matchResources": where}
    return [
        (f"{POLICY}/mutatingadmissionpolicies", {"metadata": {"name": name}, "spec": spec}),
        (f"{POLICY}/mutatingadmissionpolicybindings", {"metadata": {"name": name}, "spec": bound}),
    ]
