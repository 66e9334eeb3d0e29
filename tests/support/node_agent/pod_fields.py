"""The downward API: what a Pod may be told of itself."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from node_agent.api import Body
from trimtab.reconciler.local.controllers.hindrance import Hindered

_MARKED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
_UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


class Addresses(NamedTuple):
    pod: str
    host: str


def field(pod: Body, where: str, addresses: Addresses) -> str:
    """Raises `Hindered` for what no Pod has."""
    metadata, spec = pod["metadata"], pod["spec"]
    if marked := _MARKED.fullmatch(where):
        return str((metadata.get(marked[1]) or {}).get(marked[2], ""))
    if where in ("metadata.labels", "metadata.annotations"):
        marks: Mapping[str, str] = metadata.get(where.partition(".")[2]) or {}
        return "\n".join(f'{key}="{value}"' for key, value in sorted(marks.items()))
    known = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": spec["nodeName"],
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.hostIP": addresses.host,
        "status.hostIPs": addresses.host,
        "status.podIP": addresses.pod,
        "status.podIPs": addresses.pod,
    }
    if where not in known:
        raise Hindered(f"unsupported fieldPath: {where}", "CreateContainerConfigError")
    return str(known[where])


def resource(container: Body, source: Body) -> str:
    """A request or limit in whole divisors, rounded up; 0 where there is none, as on a node without bounds."""
    which, _, name = source["resource"].partition(".")
    given = container.get("resources") or {}
    amount = (given.get(which) or {}).get(name) or (given.get("limits") or {}).get(name) or "0"
    divisor = quantity(str(source.get("divisor") or "1")) or 1.0
    return str(math.ceil(quantity(str(amount)) / divisor))


def quantity(text: str) -> float:
    number, unit = re.fullmatch(r"([0-9.eE+-]+?)([a-zA-Z]*)", text).groups()  # type: ignore[union-attr]
    return float(number) * {**_UNITS, **_BINARY}[unit]
