"""Names of Services in texts, and the addresses on this machine that stand for them.

    <pod>.<service>:<port>                                  a Pod behind a headless Service, on a port of its own
    <service>.<namespace>.svc[.cluster.local]:<port>        a Service's address

Pure but for the ports that are asked for. A text that names no Service is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.observing import LOCAL_PORTS

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(
    rf"(?<![-.\w])(?P<first>{_LABEL})\.(?P<second>{_LABEL})(?P<svc>(?:\.(?P<third>{_LABEL}))?\.svc(?:\.cluster\.local)?)?"
    r":(?P<port>\d{1,5})(?!\d)"
)

LOCALHOST = "127.0.0.1"


class Names(NamedTuple):
    """`service` finds one, `member_port` gives the port of one Pod behind a headless one."""

    namespace: str
    service: Callable[[Ref], Stored | None]
    member_port: Callable[[Stored, str, int], int]

    def replaced(self, text: str) -> str:
        return _NAME.sub(self._address, text)

    def _address(self, match: re.Match[str]) -> str:
        first, second, third, port = match["first"], match["second"], match["third"], int(match["port"])
        if match["svc"] and third is None:
            return self._service(match[0], second, first, port)
        member = self.service(Ref("v1", "Service", third or self.namespace, second))
        if member is None or member.spec.get("clusterIP") != "None":
            return match[0]
        return f"{LOCALHOST}:{self.member_port(member, first, port)}"

    def _service(self, text: str, namespace: str, name: str, port: int) -> str:
        found = self.service(Ref("v1", "Service", namespace, name))
        local = None if found is None else (found.status.get(LOCAL_PORTS) or {}).get(str(port))
        if local is None:
            raise Hindered(
                f"Service {name} in {namespace} has no address for port {port} yet ({text})", "AddressPending"
            )
        return f"{LOCALHOST}:{local}"
