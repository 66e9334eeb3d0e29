"""What we may do, asked of the cluster itself: one request where its authorizer can list rights, one a verb where not.

An authorizer that can't list (a webhook) says that its list is incomplete; what is missing from such a list is asked
for one by one, so that nobody is told that they lack what they have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from trimtab.reconciler.cluster import Lacking
from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.rights import Right, lacking

_AUTHORIZATION = "/apis/authorization.k8s.io/v1"


class Reviewer:
    def __init__(self, connection: Connection, discovery: Discovery) -> None:
        self._connection, self._discovery = connection, discovery

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        """One request where nothing is lacking. Raises ClusterUnavailable."""
        missing = await self._missing(rights, namespace)
        return Lacking(await self._who() if missing else "", missing)

    async def _missing(self, rights: Sequence[Right], namespace: str) -> tuple[Right, ...]:
        granted, complete = await self._granted(namespace)
        missing = lacking(rights, granted)
        # A list is that of one namespace: rights over the whole cluster are in it only where they are given as such.
        doubtful = [right for right in missing if not complete or not right.namespaced]
        refused = await asyncio.gather(*(self._refused(right, namespace) for right in doubtful))
        certain = [right for right in missing if right not in doubtful]
        return (*certain, *(right for right in refused if right is not None))

    async def _who(self) -> str:
        """Whom the cluster takes us for."""
        review = await self._create(
            "/apis/authentication.k8s.io/v1/selfsubjectreviews", "SelfSubjectReview", {}
        )
        info = (review or {}).get("status", {}).get("userInfo", {})
        return str(info.get("username") or "this account")

    async def _granted(self, namespace: str) -> tuple[list[dict[str, Any]], bool]:
        path = f"{_AUTHORIZATION}/selfsubjectrulesreviews"
        review = await self._create(path, "SelfSubjectRulesReview", {"namespace": namespace})
        if review is None:
            return [], False
        status = review.get("status", {})
        return status.get("resourceRules") or [], not status.get("incomplete")

    async def _refused(self, right: Right, namespace: str) -> Right | None:
        questions = [(verb, name) for verb in right.verbs for name in right.names or ("",)]
        answers = await asyncio.gather(*(self._may(right, *question, namespace) for question in questions))
        denied = {verb for (verb, _), allowed in zip(questions, answers, strict=True) if not allowed}
        return replace(right, verbs=tuple(v for v in right.verbs if v in denied)) if denied else None

    async def _may(self, right: Right, verb: str, name: str, namespace: str) -> bool:
        found = await self._discovery.resource(right.api_version, right.kind)
        attributes = {
            "group": right.group,
            "resource": found.plural if found else right.resource.partition("/")[0],
            "subresource": right.subresource,
            "verb": verb,
            "name": name,
            "namespace": namespace if right.namespaced else "",
        }
        path = f"{_AUTHORIZATION}/selfsubjectaccessreviews"
        review = await self._create(path, "SelfSubjectAccessReview", {"resourceAttributes": attributes})
        # What can't be asked is found out by trying.
        return review is None or bool(review.get("status", {}).get("allowed"))

    async def _create(self, path: str, kind: str, spec: dict[str, Any]) -> dict[str, Any] | None:
        group, version = path.split("/")[2:4]
        body = {"apiVersion": f"{group}/{version}", "kind": kind, **({"spec": spec} if spec else {})}
        answer = await self._connection.request("POST", path, body=msgspec.json.encode(body))
        found: dict[str, Any] | None = answer.json() if answer.ok else None
        return found
