"""Which kinds a cluster serves, where, and with which verbs.

One request where the server can aggregate (1.26 and later), one a group where it can't. The core group is taken for
granted until a path of it is not there, or a kind that we do not know is wanted. A group whose server is down is absent
and stops nobody. What is not found is looked for once more, since kinds come and go with their CRDs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes import core_group
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.exchange import JSON

_AGGREGATED: Final = ",".join(
    [
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        JSON,
    ]
)
LOOK_AGAIN_SECONDS = 1.0
"""A kind that was not there this long ago is not looked for again: a watch of fifty missing kinds is one refresh."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind as it is served."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def group(self) -> str:
        return group_of(self.api_version)

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Of one object, or of all in a namespace, or (without one) of all there are."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return "/".join(part for part in (f"{root}{within}/{self.plural}", name, subresource) if part)


def group_of(api_version: str) -> str:
    """Empty for the core group, whose version is `v1`."""
    return api_version.rpartition("/")[0]


Key = tuple[str, str]

_CORE: Mapping[Key, Resource] = {
    ("v1", kind): Resource("v1", kind, core_group.plural(kind), namespaced, core_group.VERBS)
    for kind, namespaced in core_group.NAMESPACED.items()
}


class Discovery:
    """Asked at the first question, and again for a kind that it does not know."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: Mapping[Key, Resource] | None = None
        self._looked = -LOOK_AGAIN_SECONDS
        self._asks_for_core = False
        self._looking = asyncio.Lock()
        self.down: frozenset[str] = frozenset()
        """Groups that are registered and whose server does not answer."""

    async def resource(self, api_version: str, kind: str) -> Resource | None:
        """None where no server of the cluster serves it, now."""
        found = (await self.resources()).get((api_version, kind))
        if found is None:
            if api_version == "v1" and not self._asks_for_core:
                self.forget()
            found = (await self.refresh()).get((api_version, kind))
        return found

    async def resources(self) -> Mapping[Key, Resource]:
        return await self.refresh() if self._known is None else self._known

    def forget(self) -> None:
        """What is known has proved wrong: ask again at the next question."""
        self._known, self._looked, self._asks_for_core = None, -LOOK_AGAIN_SECONDS, True

    async def refresh(self) -> Mapping[Key, Resource]:
        async with self._looking:
            if self._known is None or monotonic() - self._looked >= LOOK_AGAIN_SECONDS:
                everything = self._asks_for_core
                self._known, self.down = await self._look()
                if everything == self._asks_for_core:  # nobody has told us to forget meanwhile
                    self._looked = monotonic()
            return self._known

    async def _look(self) -> tuple[Mapping[Key, Resource], frozenset[str]]:
        found: dict[Key, Resource] = {} if self._asks_for_core else dict(_CORE)
        down: set[str] = set()
        for root in ("/api", "/apis") if self._asks_for_core else ("/apis",):
            listing = await self._get(root, _AGGREGATED)
            if listing.get("kind") == "APIGroupDiscoveryList":
                _take_aggregated(listing, found, down)
            else:
                await self._take_one_by_one(root, listing, found, down)
        return found, frozenset(down)

    async def _get(self, path: str, accept: str = JSON) -> dict[str, Any]:
        answer = await self._connection.request("GET", path, accept=accept)
        body = answer.json()
        if not answer.ok or not isinstance(body, dict):
            raise ClusterUnavailable(_no_api(path, answer.status))
        return body

    async def _take_one_by_one(
        self, root: str, listing: dict[str, Any], found: dict[Key, Resource], down: set[str]
    ) -> None:
        versions = (
            listing.get("versions", [])
            if root == "/api"
            else [
                version["groupVersion"]
                for group in listing.get("groups", [])
                for version in group["versions"]
            ]
        )
        answers = await asyncio.gather(
            *(self._connection.request("GET", f"{root}/{version}") for version in versions)
        )
        for version, answer in zip(versions, answers, strict=True):
            body = answer.json()
            if answer.ok and isinstance(body, dict):
                found.update(((r.api_version, r.kind), r) for r in _listed(version, body))
            else:
                down.add(version.rpartition("/")[0])


def _take_aggregated(listing: dict[str, Any], found: dict[Key, Resource], down: set[str]) -> None:
    for group in listing.get("items", []):
        name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions", []):
            if version.get("freshness") == "Stale":
                down.add(name)
                continue
            api_version = f"{name}/{version['version']}" if name else version["version"]
            for each in version.get("resources", []):
                resource = _aggregated(api_version, each)
                found[api_version, resource.kind] = resource


def _aggregated(api_version: str, each: dict[str, Any]) -> Resource:
    return Resource(
        api_version,
        (each.get("responseKind") or {}).get("kind", ""),
        each["resource"],
        each["scope"] == "Namespaced",
        frozenset(each.get("verbs", ())),
    )


def _listed(api_version: str, body: dict[str, Any]) -> Iterator[Resource]:
    """Of an APIResourceList, where a subresource is a row of its own, `deployments/status`."""
    for row in body.get("resources", []):
        plural, verbs = row["name"], frozenset(row.get("verbs", ()))
        if "/" not in plural:
            yield Resource(api_version, row["kind"], plural, row["namespaced"], verbs)


def _no_api(path: str, status: int) -> str:
    if status in (401, 403):
        return (
            f"the cluster refuses to say what it serves ({path}: {status}): the credentials in use are not "
            "known there, or may not discover; log in, or choose another context"
        )
    return f"what answers {path} with {status} is no Kubernetes API server: correct the cluster's address"
