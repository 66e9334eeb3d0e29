"""Where the drift machine plays: one namespace of a real API server, with objects of several kinds that we keep there.

One event loop, run only while somebody waits for it; strangers write from outside of it. What a stranger's write makes
of an object is judged twice: by our own eyes (the digest that the watch brought), and by the API server (a dry run of
our apply). The first must never miss what the second sees.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from control_plane import Access, Refused
from keeping import Keeper, Stranger, keeping, ref_of
from tcp_proxy import TcpProxy, tcp_proxy

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.cluster import Conflict, Observed, Rejected, Stale
from trimtab.reconciler.ledger import SYSTEM_LABEL
from trimtab.reconciler.state import Baseline

REWRITER = "rewriter"
"""The field manager on whose writes admission changes a field of ours."""

PLURALS = {
    ("v1", "ConfigMap"): "/api/v1/namespaces/{}/configmaps",
    ("v1", "Service"): "/api/v1/namespaces/{}/services",
    ("apps/v1", "Deployment"): "/apis/apps/v1/namespaces/{}/deployments",
    ("rbac.authorization.k8s.io/v1", "Role"): "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    ("drift.trimtab.example/v1", "Thing"): "/apis/drift.trimtab.example/v1/namespaces/{}/things",
}

ResultT = TypeVar("ResultT")


class Missed(AssertionError):
    """Something of ours was changed, and we did not see it."""


class Arena:
    def __init__(self, plane: Access, namespace: str, folder: Path) -> None:
        self.plane, self.namespace = plane, namespace
        self.counts: Counter[str] = Counter()
        self.examples: list[str] = []
        """Of false alarms: what was done."""
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._names = 0
        self.keeper: Keeper
        self._proxy: TcpProxy

    def open(self) -> None:
        self.run(self._open())

    async def _open(self) -> None:
        self._proxy = await self._stack.enter_async_context(tcp_proxy(self.plane, self._folder))
        keeper = keeping(self._proxy.kubeconfig, self.namespace, *PLURALS)
        self.keeper = await self._stack.enter_async_context(keeper)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._loop.run_until_complete(coroutine)

    def keep(self, body: Mapping[str, Any]) -> Kept:
        """A new object of ours, under a name of its own."""
        self._names += 1
        named = {**body, "metadata": {**body["metadata"], "name": f"x{self._names}"}}
        return Kept(self, self.keeper.marked(named))

    def cut_the_watch(self) -> None:
        self._proxy.cut()
        self.run(asyncio.sleep(0))

    def summary(self) -> str:
        return json.dumps(dict(sorted(self.counts.items())))


class Kept:
    """One object, what we last wanted of it, and what it was then."""

    def __init__(self, arena: Arena, body: dict[str, Any]) -> None:
        self._arena, self.body = arena, body
        self.ref: Ref = ref_of(body)
        path = PLURALS[self.ref[:2]].format(arena.namespace)
        self._all = path
        self.stranger = Stranger(arena.plane, f"{path}/{self.ref.name}")
        self.heal("first apply")

    def want(self, body: Mapping[str, Any]) -> None:
        """A changed spec: what has drifted is healed first, and then nobody is overruled."""
        if self._arena.keeper.has_drifted(self.ref):
            self.heal("heal before a change")
        changed = self._arena.keeper.marked({**body, "metadata": {**body["metadata"], "name": self.ref.name}})
        answer = self._arena.run(self._arena.keeper.cluster.apply(changed))
        if not isinstance(answer, Observed):
            self._arena.counts["our changes that were refused"] += 1
            return
        self.body = changed
        self._remember(answer)
        self.judge("a change of ours")

    def heal(self, why: str) -> None:
        answer = self._apply()
        if isinstance(answer, Rejected):
            answer = self._begin_anew()
        assert isinstance(answer, Observed), answer
        self._remember(answer)
        self._arena.counts["heals"] += 1
        self.judge(why, healed=True)

    def _apply(self) -> Observed | Conflict | Stale | Rejected:
        return self._arena.run(self._arena.keeper.cluster.apply(self.body, force=True))

    def _begin_anew(self) -> Observed | Conflict | Stale | Rejected:
        """What is there can't be applied to: taking a field of unknown shape away, a server leaves a null and refuses it."""
        self._arena.counts["heals that the server refuses"] += 1
        self.leave()
        self._wait_for(None)
        return self._apply()

    def _remember(self, answer: Observed) -> None:
        """As the hand that writes does it."""
        self._arena.keeper.memory.baseline[self.ref] = Baseline(digest(self.body), answer.own)
        self._arena.keeper.mirror.note(answer)

    @contextmanager
    def by_a_stranger(self, what: str) -> Iterator[None]:
        """A write that may be refused; what became of it is judged."""
        try:
            yield
        except Refused:
            self._arena.counts["strangers that were refused"] += 1
        self.judge(what)

    def create_again(self, body: Mapping[str, Any]) -> None:
        self._arena.plane.api.create(self._all, dict(body))

    def judge(self, what: str, *, healed: bool = False) -> None:
        """Raises `Missed`. A false alarm is counted, and must be over after one heal."""
        arena = self._arena
        arena.counts["steps"] += 1
        live, truth = self._truth()
        self._wait_for(live)
        alarm = arena.keeper.has_drifted(self.ref)
        if truth and not alarm:
            raise Missed(
                f"{what}: {truth}, and nobody saw it: {json.dumps(live)}; wanted {json.dumps(self.body)}"
            )
        assert not (healed and truth), f"{what}: {truth} after a heal: {json.dumps(live)}"
        arena.counts[f"alarms: {truth or 'false'}" if alarm else "quiet"] += 1
        if alarm and not truth:
            assert not healed, f"{what}: an alarm that a heal does not end: {json.dumps(live)}"
            arena.examples.append(f"{self.ref.kind}: {what}")
            self.heal("heal of a false alarm")

    def _truth(self) -> tuple[dict[str, Any] | None, str]:
        """The object as it is, and what the API server would say is wrong with it."""
        try:
            verdict = self.stranger.verdict(self.body)
        except Refused as refused:
            if refused.code == 422:
                return self.stranger.get(), "beyond an apply"
            if refused.code != 404:
                raise
            return None, "gone"
        if not verdict.changes_nothing:
            return verdict.live, "changed"
        return verdict.live, "" if verdict.takes_nothing else "taken from us"

    def _wait_for(self, live: dict[str, Any] | None) -> None:
        """Until our watch has told of the object as it is now."""
        arena = self._arena
        labels = (live or {}).get("metadata", {}).get("labels", {})
        if live is not None and labels.get(SYSTEM_LABEL) == self.body["metadata"]["labels"][SYSTEM_LABEL]:
            arena.run(arena.keeper.knows(self.ref, live))
        else:
            gone = arena.keeper.until(
                lambda: self.ref not in arena.keeper.mirror.objects, f"the end of {self.ref}"
            )
            arena.run(gone)

    def leave(self) -> None:
        with suppress(Refused):
            self.stranger.delete()


def prepare(plane: Access, namespace: str) -> None:
    """The custom kind, and the policy that rewrites what is ours on certain writes; in force when it returns."""
    for path, body in (*_definition(), *_policies(namespace)):
        try:
            plane.api.create(path, body)
        except Refused as refused:
            if refused.code != 409:
                raise
    stranger = Stranger(plane, f"/api/v1/namespaces/{namespace}/configmaps/probe")
    plane.api.create(
        f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "probe"}, "data": {}}
    )
    while "rewritten" not in json.dumps(stranger.patch({"data": {"x": "y"}}, manager=REWRITER).get("data")):
        pass
    stranger.delete()
    things = PLURALS["drift.trimtab.example/v1", "Thing"].format(namespace)
    while not _answers(plane, things):
        pass


def clean_up(plane: Access, namespace: str) -> None:
    for path, body in _policies(namespace):
        plane.api.delete(f"{path}/{body['metadata']['name']}")


def _answers(plane: Access, path: str) -> bool:
    try:
        plane.api.get(path)
    except Refused:
        return False
    return True


def _definition() -> Iterator[tuple[str, dict[str, Any]]]:
    """Lists that merge by key, as a set and not at all; defaults in all of them; fields that nobody declared."""
    text, number = {"type": "string"}, {"type": "integer"}
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": text, "size": {**number, "default": 1}},
    }
    spec = {
        "type": "object",
        "properties": {
            "merged": {
                "type": "array",
                "items": item,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
            "atomic": {"type": "array", "items": item},
            "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
            "port": {"x-kubernetes-int-or-string": True},
            "mode": {**text, "default": "fast"},
            "nested": {"type": "object", "properties": {"one": text, "two": number}},
            "whole": {"type": "object", "additionalProperties": text, "x-kubernetes-map-type": "atomic"},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object", **_FREE}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.drift.trimtab.example"},
        "spec": {
            "group": "drift.trimtab.example",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }
    yield "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body


_FREE = {"x-kubernetes-preserve-unknown-fields": True}


def _policies(namespace: str) -> Iterator[tuple[str, dict[str, Any]]]:
    root = "/apis/admissionregistration.k8s.io/v1"
    targets = {
        "configmaps": ("", 'Object{data: {"color": "rewritten"}}'),
        "deployments": ("apps", "Object{spec: Object.spec{replicas: 5}}"),
    }
    for plural, (group, mutation) in targets.items():
        name = f"{namespace}-{plural}"
        rule = {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": [plural]}
        by_rewriter = f"has(request.options.fieldManager) && request.options.fieldManager == '{REWRITER}'"
        spec = {
            "matchConstraints": {"resourceRules": [rule]},
            "matchConditions": [{"name": "by-the-rewriter", "expression": by_rewriter}],
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": mutation}}
            ],
        }
        here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
        yield f"{root}/mutatingadmissionpolicies", {"metadata": {"name": name}, "spec": spec}
        yield (
            f"{root}/mutatingadmissionpolicybindings",
            {"metadata": {"name": name}, "spec": {"policyName": name, "matchResources": here}},
        )
