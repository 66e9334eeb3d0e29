"""What an administrator does once: the definitions of our kinds and the roles, applied until they are as they should be.

It can be repeated. It takes nothing away: definitions with fields that ours do not have are another version's, and to
overwrite them would drop those fields from objects that are there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable, Conflict, Rejected, Stale
from trimtab.reconciler.crds import definitions
from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.kubernetes.observing import ref_of
from trimtab.reconciler.roles import cluster_roles

SERVED_SECONDS = 30.0
"""How long a new kind may take until it is served."""


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Installed(NamedTuple):
    ref: Ref
    outcome: Outcome


class CanNot(Exception):
    """The text is one sentence with the next step. What was installed before it stays."""


def objects() -> tuple[dict[str, Any], ...]:
    return (*definitions(), *cluster_roles())


async def install(
    cluster: KubernetesCluster, *, dry_run: bool = False, force: bool = False
) -> AsyncIterator[Installed]:
    """Each object as it is done. `force` takes fields from other managers, and drops what another version has added."""
    for body in objects():
        yield await _install(cluster, body, dry_run=dry_run, force=force)
    if not dry_run:
        await _until_served(cluster)


async def _install(
    cluster: KubernetesCluster, body: Mapping[str, Any], *, dry_run: bool, force: bool
) -> Installed:
    ref = ref_of(body)
    live = await _live(cluster, ref)
    if live is not None and not force and (lost := sorted(_lost(live, body))):
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise CanNot(
            f"{ref} has fields that this Trimtab does not know ({', '.join(lost[:3])}{more}): another version "
            "installed it; use that one, or --force to drop them"
        )
    uid = live["metadata"]["uid"] if live is not None else ""
    answer = await cluster.apply(body, force=force, dry_run=dry_run, uid=uid)
    if isinstance(answer, Stale):
        raise CanNot(f"{ref} was deleted at this moment: try again")
    if isinstance(answer, Conflict):
        raise CanNot(f"{ref} was written by {answer.manager}; --force takes it over")
    if isinstance(answer, Rejected):
        raise CanNot(f"{answer.message} (an administrator of the cluster does this, once)")
    if live is None:
        return Installed(ref, Outcome.CREATED)
    same = _without_traces(answer.revision, live) if not dry_run else _is_contained(body, live)
    return Installed(ref, Outcome.UNCHANGED if same else Outcome.CHANGED)


def _without_traces(revision: str, live: Mapping[str, Any]) -> bool:
    """An apply that changes nothing leaves no trace."""
    return bool(live["metadata"]["resourceVersion"] == revision)


def _is_contained(wanted: Any, live: Any) -> bool:
    """Whether all of `wanted` is in `live`: what a dry run would not change."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            key in live and _is_contained(value, live[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(live, list) and len(wanted) == len(live) and all(map(_is_contained, wanted, live))
    return bool(wanted == live)


async def _live(cluster: KubernetesCluster, ref: Ref) -> dict[str, Any] | None:
    resource = await cluster.discovery.resource(ref.api_version, ref.kind)
    if resource is None:
        return None
    answer = await cluster.connection.request("GET", resource.path(ref.namespace, ref.name))
    found: dict[str, Any] | None = answer.json() if answer.ok else None
    return found


def _lost(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Fields that a definition has and would have no more."""
    if wanted["kind"] != "CustomResourceDefinition":
        return
    ours = {version["name"]: version for version in wanted["spec"]["versions"]}
    for version in live["spec"]["versions"]:
        if version["name"] not in ours:
            yield version["name"]
        else:
            yield from _less(_schema(version), _schema(ours[version["name"]]), ())


def _schema(version: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = version["schema"]["openAPIV3Schema"]
    return found


def _less(live: Mapping[str, Any], wanted: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    kept = wanted.get("properties", {})
    for name, inner in live.get("properties", {}).items():
        if name not in kept:
            yield ".".join((*path, name))
        else:
            yield from _less(inner, kept[name], (*path, name))
    for part in ("items", "additionalProperties"):
        if isinstance(live.get(part), Mapping) and isinstance(wanted.get(part), Mapping):
            yield from _less(live[part], wanted[part], (*path, "*"))


async def _until_served(cluster: KubernetesCluster) -> None:
    """A definition is accepted a moment before its kind is served; whoever applies next must not meet that."""
    deadline = time.monotonic() + SERVED_SECONDS
    for definition in definitions():
        spec = definition["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        while not (await cluster.connection.request("GET", path, params={"limit": "1"})).ok:
            if time.monotonic() > deadline:
                raise ClusterUnavailable(
                    f"{definition['metadata']['name']} is installed and not served after {SERVED_SECONDS:.0f} s: "
                    "`kubectl describe crd` says why"
                )
            await asyncio.sleep(0.1)
    cluster.discovery.forget()
