"""A Kubernetes cluster as the reconciler sees it: the `Cluster` protocol on top of one connection.

Every write carries its own precondition, so one whose answer was lost is sent again: what is found done is then done.
Nothing is decided here, and nothing is remembered but what the watches tell.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import msgspec

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import (
    FIELD_MANAGER,
    AlreadyExists,
    Cause,
    Change,
    ClusterInfo,
    Conflict,
    Event,
    Happening,
    HeldBy,
    Lacking,
    Lease,
    LogLine,
    Observed,
    Rejected,
    Stale,
)
from trimtab.reconciler.kubernetes import answers, handing_over, happenings, leases, pod_logs, repeated
from trimtab.reconciler.kubernetes.access import Credentials
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery, Resource, group_of
from trimtab.reconciler.kubernetes.exchange import APPLY, JSON, Answer, Params, Patience
from trimtab.reconciler.kubernetes.feeds import Feeds
from trimtab.reconciler.kubernetes.observing import observe, other_manager, ref_of
from trimtab.reconciler.kubernetes.own_fields import own_tree
from trimtab.reconciler.kubernetes.queued import asks_for_the_same, left_to_the_queue, stands_in_queue
from trimtab.reconciler.kubernetes.reviewing import Reviewer
from trimtab.reconciler.rights import Right

Body = Mapping[str, Any]

OWNERS_OF_PODS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "JobSet", "LeaderWorkerSet", "ReplicaSet", "StatefulSet"}
)
"""They stay, being deleted, until their Pods are gone: a successor must not meet them on a GPU or in a directory."""

NEVER = "1"
"""A revision that no object has: an apply at it makes an object, and is refused where there is one."""

RACES = 5
"""Applies in a row that met an object coming or going under the same name, or changing in its queue."""


class KubernetesCluster:
    """Implements `Cluster`. It says nothing to the cluster before the first question.

    With `all_systems` (a daemon's), one watch a kind serves every system of the cluster that is asked about.
    """

    def __init__(
        self,
        credentials: Credentials,
        manager: str = FIELD_MANAGER,
        *,
        patience: Patience | None = None,
        lease_times: leases.Times | None = None,
        all_systems: bool = False,
    ) -> None:
        self.manager: Final = manager
        self.connection: Final = Connection(credentials, patience)
        self.discovery: Final = Discovery(self.connection)
        self._feeds: Final = Feeds(self.connection, self.discovery, manager, all_systems=all_systems)
        self._lease_times = lease_times
        self._leases: list[leases.HeldLease] = []
        self._is_guest = False

    def beside(self) -> KubernetesCluster:
        """Another on the same connection and watches, for another system: with Leases of its own, and closed alone."""
        guest = copy.copy(self)
        guest._leases, guest._is_guest = [], True
        return guest

    async def inspect(self) -> ClusterInfo:
        identity = await self._ask("GET", "/api/v1/namespaces/kube-system")
        kinds = sorted(await self.discovery.resources())
        return ClusterInfo(identity["metadata"]["uid"], "kubernetes", tuple(kinds), unenforced=())

    async def list(
        self, api_version: str, kind: str, namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> Sequence[Observed]:
        """What a watch begins with: the one way in which an object and its Pods become one observation."""
        found: dict[Ref, Observed] = {}
        async with aclosing(self.watch([(api_version, kind)], namespace, selector)) as events:
            async for change, observed in events:
                if observed is None:
                    break
                if change is Change.DELETED:
                    found.pop(observed.ref, None)
                else:
                    found[observed.ref] = observed
        return list(found.values())

    def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Event, None]:
        return self._feeds.watch(kinds, namespace, selector)

    async def create(self, body: Body) -> Observed | AlreadyExists | Rejected:
        ref = ref_of(body)
        resource = await self._resource(ref)
        if isinstance(resource, Rejected):
            return resource
        answer = await self._write("POST", resource.path(ref.namespace), body, self._strictly())
        if answer.ok:
            return self._observed(answer.json())
        status = answers.status_of(answer)
        if status.reason == "AlreadyExists":
            made = await self._get(resource, ref) if answer.again else None
            ours = made is not None and repeated.was_created(made, answer, self.manager)
            return self._observed(made) if made is not None and ours else AlreadyExists(ref)
        return await self._refusal(status, ref, body)

    async def apply(
        self, body: Body, *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        ref = ref_of(body)
        if uid:
            body = _of(body, uid=uid)
        params = self._strictly(force=str(force).lower(), **({"dryRun": "All"} if dry_run else {}))
        for _ in range(RACES):
            resource = await self._resource(ref)
            if isinstance(resource, Rejected):
                return resource
            if not (force or dry_run) and handing_over.may_leave(body):
                refused = await self._hand_over(resource, ref, body)
                if refused is not None:
                    return Stale(ref) if uid and await self._is_another(resource, ref, uid) else refused
            sent = await self._left_to_the_queue(resource, ref, body, force=force)
            answer = await self._write("PATCH", resource.path(ref.namespace, ref.name), sent, params, APPLY)
            if answer.ok:
                return self._observed(answer.json())
            status = answers.status_of(answer)
            if uid and await self._is_another(resource, ref, uid):
                return Stale(ref)
            if conflict := answers.conflict(status, body):
                if dry_run or not await self._take_back(resource, ref, body, conflict):
                    return conflict
            elif status.code != 409:
                return await self._refusal(status, ref, body)
        return answers.rejected(status, ref, body)

    async def apply_new(self, body: Body, *, dry_run: bool = False) -> Observed | AlreadyExists | Rejected:
        ref = ref_of(body)
        resource = await self._resource(ref)
        if isinstance(resource, Rejected):
            return resource
        new = _of(body, resourceVersion=NEVER)
        params = self._strictly(force="false", **({"dryRun": "All"} if dry_run else {}))
        # A system's Lease lies in its Namespace, so that is nearly always there.
        if ref.is_namespace and (met := await self._met(resource, ref)):
            return met
        for _ in range(RACES):
            answer = await self._write("PATCH", resource.path(ref.namespace, ref.name), new, params, APPLY)
            if answer.ok:
                return self._observed(answer.json())
            status = answers.status_of(answer)
            if status.code != 409:
                return await self._refusal(status, ref, body)
            if met := await self._met(resource, ref):
                return met
        return answers.rejected(status, ref, body)

    async def _is_another(self, resource: Resource, ref: Ref, uid: str) -> bool:
        """A refusal says so in several words, and of what is another's says others first: that it owns a field."""
        answer = await self.connection.request("GET", resource.path(ref.namespace, ref.name))
        if answer.ok:
            return bool(answer.json()["metadata"]["uid"] != uid)
        return answers.is_gone(answers.status_of(answer))

    async def _met(self, resource: Resource, ref: Ref) -> AlreadyExists | None:
        live = await self._get(resource, ref)
        if live is None:
            return None
        return AlreadyExists(ref, self._observed(live), other_manager(live, self.manager))

    async def replace(self, body: Body, *, revision: str) -> Observed | Stale | Rejected:
        ref = ref_of(body)
        return await self._put(ref, body, revision, "")

    async def set_status(
        self, ref: Ref, status: Mapping[str, Any], *, revision: str
    ) -> Observed | Stale | Rejected:
        body = {
            "apiVersion": ref.api_version,
            "kind": ref.kind,
            "metadata": {"name": ref.name, **({"namespace": ref.namespace} if ref.namespace else {})},
            "status": status,
        }
        return await self._put(ref, body, revision, "status")

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | Rejected | None:
        resource = await self._resource(ref)
        if isinstance(resource, Rejected):
            return Stale(ref)  # with its kind, all objects of it have gone
        exactly = {"uid": uid, **({"resourceVersion": revision} if revision is not None else {})}
        policy = "Foreground" if ref.kind in OWNERS_OF_PODS else "Background"
        body = {"preconditions": exactly, "propagationPolicy": policy}
        answer = await self._write("DELETE", resource.path(ref.namespace, ref.name), body, {})
        status = answers.status_of(answer)
        if answer.ok:
            return None
        if status.code not in (404, 409):
            return answers.rejected(status, ref, {})
        done = answer.again and repeated.is_deleted(await self._get(resource, ref), uid)
        return None if done else Stale(ref)

    def logs(self, ref: Ref, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        return pod_logs.Reader(self.connection, self.discovery, ref).lines(follow=follow, tail=tail)

    async def events(self, namespace: str, ref: Ref | None = None) -> Sequence[Happening]:
        params = happenings.selection(ref) if ref is not None else None
        listed = await self._ask("GET", f"/api/v1/namespaces/{namespace}/events", params)
        return sorted((happenings.happening(event) for event in listed["items"]), key=lambda each: each.last)

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        return await Reviewer(self.connection, self.discovery).lacking(rights, namespace)

    async def make_namespace(self, body: Body) -> Observed | AlreadyExists | None:
        path = f"/api/v1/namespaces/{body['metadata']['name']}"
        found = await self.connection.request("GET", path)
        if found.ok:
            return AlreadyExists(
                ref_of(body), self._observed(live := found.json()), other_manager(live, self.manager)
            )
        if found.status != 404:
            return None
        new, params = msgspec.json.encode(_of(body, resourceVersion=NEVER)), self._strictly(force="false")
        answer = await self.connection.request("PATCH", path, params=params, body=new, content_type=APPLY)
        return self._observed(answer.json()) if answer.ok else None

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease | HeldBy:
        place = leases.Place(self.connection, self.manager, namespace, name)
        lease = await leases.acquire(place, holder, self._lease_times)
        if isinstance(lease, leases.HeldLease):
            self._leases = [*(each for each in self._leases if not each.is_released), lease]
        return lease

    async def holder(self, namespace: str, name: str) -> HeldBy | None:
        return await leases.holder(leases.Place(self.connection, self.manager, namespace, name))

    async def close(self) -> None:
        for lease in self._leases:
            await lease.abandon()
        if not self._is_guest:
            await self.connection.close()

    async def _put(self, ref: Ref, body: Body, revision: str, part: str) -> Observed | Stale | Rejected:
        resource = await self._resource(ref)
        if isinstance(resource, Rejected):
            return resource
        body = _of(body, resourceVersion=revision)
        answer = await self._write(
            "PUT", resource.path(ref.namespace, ref.name, part), body, self._strictly()
        )
        if answer.ok:
            return self._observed(answer.json())
        status = answers.status_of(answer)
        if status.code == 409:
            live = await self._get(resource, ref) if answer.again else None
            done = live is not None and repeated.was_written(live, body, part)
            return self._observed(live) if live is not None and done else Stale(ref)
        return Stale(ref) if answers.is_gone(status) else await self._refusal(status, ref, body)

    async def _left_to_the_queue(self, resource: Resource, ref: Ref, body: Body, *, force: bool) -> Body:
        """What is sent of an object: all of it, but of what stands in a queue only what the queue has not taken, and
        only while that is so. Where that may be a change which nobody would hear of, it is a conflict instead."""
        live = await self._get(resource, ref) if stands_in_queue(body) else None
        if live is None or not (force or asks_for_the_same(body, live)):
            return body
        ours = left_to_the_queue(body, live, own_tree(live, self.manager), force=force)
        return _of(ours, resourceVersion=live["metadata"]["resourceVersion"])

    async def _hand_over(self, resource: Resource, ref: Ref, body: Body) -> Rejected | None:
        """Why it can't be: then nothing is left. A conflict means that somebody else has the number by now."""
        live = await self._get(resource, ref)
        held = handing_over.left_by(body, live, self.manager) if live is not None else None
        if held is None:
            return None
        answer = await self._hold(resource, ref, held)
        status = answers.status_of(answer)
        return None if answer.ok or status.code == 409 else await self._refusal(status, ref, body)

    async def _take_back(self, resource: Resource, ref: Ref, body: Body, conflict: Conflict) -> bool:
        """Whether what is in the way was handed over by us, and is as we want it by now. The field is no other's."""
        held = handing_over.taken_back(body) if conflict.manager == handing_over.HOLDER else None
        return held is not None and (await self._hold(resource, ref, held, force=True)).ok

    async def _hold(self, resource: Resource, ref: Ref, held: Body, *, force: bool = False) -> Answer:
        params = {**self._strictly(force=str(force).lower()), "fieldManager": handing_over.HOLDER}
        return await self._write("PATCH", resource.path(ref.namespace, ref.name), held, params, APPLY)

    def _strictly(self, **more: str) -> Params:
        return {"fieldManager": self.manager, "fieldValidation": "Strict", **more}

    async def _write(
        self, method: str, path: str, body: Body, params: Params, content_type: str = JSON
    ) -> Answer:
        return await self.connection.request(
            method,
            path,
            params=params,
            body=msgspec.json.encode(body),
            content_type=content_type,
            permitted=self._may_write,
        )

    def _may_write(self) -> bool:
        """A write that waited for the server to come back is not sent once somebody else may be writing: who has held a
        Lease writes under one. Of those that have ended the last is remembered, so none means never."""
        held = [lease for lease in self._leases if not lease.is_released]
        return not self._leases or (bool(held) and all(lease.valid() for lease in held))

    async def _ask(self, method: str, path: str, params: Params | None = None) -> dict[str, Any]:
        answer = await self.connection.request(method, path, params=params)
        if not answer.ok:
            raise answers.unreadable(path, answers.status_of(answer))
        body: dict[str, Any] = answer.json()
        return body

    async def _get(self, resource: Resource, ref: Ref) -> dict[str, Any] | None:
        answer = await self.connection.request("GET", resource.path(ref.namespace, ref.name))
        body: dict[str, Any] | None = answer.json() if answer.ok else None
        return body

    async def _resource(self, ref: Ref) -> Resource | Rejected:
        found = await self.discovery.resource(ref.api_version, ref.kind)
        if found is None:
            return await self._unknown(ref)
        if found.namespaced and not ref.namespace:
            path = ("metadata", "namespace")
            return Rejected(f"{ref} needs a namespace", (Cause(path, "a namespace is required"),))
        return found

    async def _unknown(self, ref: Ref) -> Rejected:
        group = group_of(ref.api_version)
        served = [version for version, kind in await self.discovery.resources() if kind == ref.kind]
        same_group = [version for version in served if group_of(version) == group]
        return answers.unknown_kind(ref, same_group or served, group in self.discovery.down)

    async def _refusal(self, status: answers.Status, ref: Ref, body: Body) -> Rejected:
        if answers.is_unknown_kind(status):
            self.discovery.forget()
            return await self._unknown(ref)
        return answers.rejected(status, ref, body)

    def _observed(self, body: dict[str, Any]) -> Observed:
        body["metadata"].setdefault("resourceVersion", "0")  # a creation that was only tried has none
        return observe(body, self.manager)


def _of(body: Body, **precondition: str) -> Body:
    """For the object alone of which that is true."""
    return {**body, "metadata": {**body["metadata"], **precondition}}
