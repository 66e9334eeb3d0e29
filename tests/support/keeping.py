"""A reconciler's own way of noticing that an object was changed, one object at a time, on a real API server.

Its parts are the real ones: the client, the mirror behind its watch, the hand that writes and what that remembers.
Only the plan is left out: a test says what is applied, asks whether it has drifted, and has it healed.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bundles import SYSTEM, shop
from cluster_access import CONTEXT
from control_plane import Access, Refused
from simulated_cluster import FreeLease

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.actions import ApplyObject, Step, Verb
from trimtab.reconciler.carry_out import Hand, Memory, carry_out
from trimtab.reconciler.cluster import FIELD_MANAGER, Conflict, Observed, Rejected, Stale
from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.kubernetes.credentials import of_context
from trimtab.reconciler.ledger import SYSTEM_LABEL
from trimtab.reconciler.mirror import Mirror

PATIENCE = 30.0
PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


def ref_of(body: Mapping[str, Any]) -> Ref:
    metadata = body["metadata"]
    return Ref(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])


class HeldAnswers(KubernetesCluster):
    """A fault injector: what an apply answers can be held back until `answers` is set."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__(of_context(CONTEXT, str(kubeconfig)))
        self.answers = asyncio.Event()
        self.answers.set()

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        answer = await super().apply(body, force=force, dry_run=dry_run, uid=uid)
        await self.answers.wait()
        return answer


class Keeper:
    def __init__(self, cluster: HeldAnswers, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.bundle = replace(shop(), namespace=namespace)
        self.memory = Memory()
        self.mirror = Mirror(cluster, self.bundle)
        self._hand = Hand(cluster, FreeLease(), self.bundle, self.mirror, self.memory)

    def marked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """With the label that we watch by."""
        metadata = body["metadata"]
        labels = {**metadata.get("labels", {}), SYSTEM_LABEL: SYSTEM}
        return {**body, "metadata": {**metadata, "namespace": self.namespace, "labels": labels}}

    async def apply(self, body: Mapping[str, Any], *, force: bool = False) -> Ref:
        ref = ref_of(body)
        step = Step(str(ref), Verb.UPDATE, "the test wants it", ())
        await carry_out(self._hand, ApplyObject(step, ref, body, digest(body), force=force))
        assert ref not in self.memory.problems, self.memory.problems[ref]
        return ref

    def has_drifted(self, ref: Ref) -> bool:
        """As a plan decides it."""
        observed = self.mirror.objects.get(ref)
        return observed is None or not self.memory.baseline[ref].is_as(observed.own)

    async def heal(self, body: Mapping[str, Any]) -> None:
        await self.apply(body, force=True)

    async def until(self, condition: Any, what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self.mirror.wait(0.5)
        except TimeoutError:
            raise AssertionError(f"{what} did not come true; known: {self.mirror.objects}") from None

    async def drift(self, ref: Ref) -> None:
        await self.until(lambda: self.has_drifted(ref), f"the drift of {ref}")

    async def knows(self, ref: Ref, written: Mapping[str, Any]) -> None:
        """Until the watch has told of what was written, or of something after it."""
        revision = int(written["metadata"]["resourceVersion"])

        def told() -> bool:
            observed = self.mirror.objects.get(ref)
            return observed is not None and int(observed.revision) >= revision

        await self.until(told, f"news of {ref} at {revision}")


@asynccontextmanager
async def keeping(kubeconfig: Path, namespace: str, *kinds: tuple[str, str]) -> AsyncIterator[Keeper]:
    cluster = HeldAnswers(kubeconfig)
    keeper = Keeper(cluster, namespace)
    await keeper.mirror.start(kinds)
    try:
        yield keeper
    finally:
        await keeper.mirror.stop()
        await cluster.close()


class Verdict(NamedTuple):
    """What the API server says of an object, and of a forced apply of ours to it as it is now."""

    live: dict[str, Any]
    changes_nothing: bool
    takes_nothing: bool
    """All that we apply is ours already."""


class Stranger:
    """Somebody else who writes to the same objects, without asking."""

    def __init__(self, plane: Access, path: str) -> None:
        self._path = path
        self._ask = _Line(plane).ask

    def get(self) -> dict[str, Any]:
        return self._ask("GET", self._path)

    def patch(
        self, body: Any, how: str = "merge", part: str = "", manager: str = "somebody"
    ) -> dict[str, Any]:
        path = f"{self._path}/{part}" if part else self._path
        return self._ask("PATCH", f"{path}?fieldManager={manager}", body, PATCHES[how])

    def put(self, change: Any, manager: str = "somebody") -> dict[str, Any]:
        """Read, changed by `change`, and written whole; again while a controller gets in between."""
        while True:
            live = self.get()
            change(live)
            try:
                return self._ask("PUT", f"{self._path}?fieldManager={manager}", live)
            except Refused as refused:
                if refused.code != 409:
                    raise

    def apply(self, body: Any, manager: str = "somebody", force: bool = False) -> dict[str, Any]:
        query = f"fieldManager={manager}&force={str(force).lower()}"
        return self._ask("PATCH", f"{self._path}?{query}", body, "application/apply-patch+yaml")

    def verdict(self, body: Any) -> Verdict:
        """Asked again while others write. Raises `Refused` where the object is not there."""
        query = f"fieldManager={FIELD_MANAGER}&force=true&dryRun=All"
        live = self.get()
        while True:
            applied = self._ask("PATCH", f"{self._path}?{query}", body, "application/apply-patch+yaml")
            again = self.get()
            if again["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]:
                return Verdict(live, _content(applied) == _content(live), _ours(applied) == _ours(live))
            live = again

    def is_as_applied(self, body: Any) -> bool:
        """By the API server itself: a forced apply of ours would change nothing now."""
        return self.verdict(body).changes_nothing

    def delete(self) -> None:
        self._ask("DELETE", self._path)


class _Line:
    """One connection of a stranger, kept: he writes thousands of times."""

    def __init__(self, plane: Access) -> None:
        place = urlsplit(plane.url)
        trust = ssl.create_default_context(cafile=plane.authority.certificate)
        trust.load_cert_chain(*plane.admin)
        self._connection = http.client.HTTPSConnection(place.netloc, context=trust, timeout=60)
        weakref.finalize(self, self._connection.close)

    def ask(
        self, verb: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        try:
            self._connection.request(verb, path, text, headers)
            answer = self._connection.getresponse()
        except (http.client.HTTPException, OSError):  # the server was started again meanwhile
            self._connection.close()
            self._connection.request(verb, path, text, headers)
            answer = self._connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 400:
            raise Refused(answer.status, content)
        return content


def _content(body: dict[str, Any]) -> dict[str, Any]:
    """Without what a dry run touches though it changes nothing."""
    volatile = {"managedFields", "resourceVersion", "generation"}
    metadata = {name: value for name, value in body["metadata"].items() if name not in volatile}
    return {**body, "metadata": metadata, "status": None}


def _ours(body: dict[str, Any]) -> Any:
    """The fields that are ours by apply."""
    entries = body["metadata"].get("managedFields", ())
    mine = (e for e in entries if e["manager"] == FIELD_MANAGER and e["operation"] == "Apply")
    return next((entry["fieldsV1"] for entry in mine), None)
