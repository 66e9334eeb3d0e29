"""A server without the core group of a cluster, as one that serves nothing but custom resources: it is believed."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from trimtab.reconciler.kubernetes.connection import Connection
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.kubernetes.exchange import Answer


def listing(*kinds: str) -> dict[str, Any]:
    each = [
        {
            "resource": f"{kind.lower()}s",
            "responseKind": {"kind": kind},
            "scope": "Namespaced",
            "verbs": ["get"],
        }
        for kind in kinds
    ]
    return {"kind": "APIGroupDiscoveryList", "items": [{"versions": [{"version": "v1", "resources": each}]}]}


class ServesSecretsAlone:
    """A fake connection: it knows the two paths of discovery."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def request(self, method: str, path: str, *, accept: str) -> Answer:
        self.asked.append(path)
        told = listing("Secret") if path == "/api" else listing()
        return Answer(200, {}, msgspec.json.encode(told))


async def test_what_is_taken_for_granted_holds_until_it_has_proved_wrong() -> None:
    connection = ServesSecretsAlone()
    discovery = Discovery(cast("Connection", connection))
    assert await discovery.resource("v1", "Pod") is not None
    assert connection.asked == ["/apis"]
    discovery.forget()  # as whoever was answered 404 does
    assert await discovery.resource("v1", "Pod") is None
    assert await discovery.resource("v1", "Secret") is not None
    assert connection.asked == ["/apis", "/api", "/apis"]
