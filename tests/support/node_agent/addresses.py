"""Addresses in the Pods' range: given out in order, none twice before all have had their turn."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from cluster_network.plan import POD_RANGE

PODS, NODES = 256, 250 * 256
"""Where in the range the addresses of Pods and of nodes begin; below is the cluster's own."""


class Addresses:
    def __init__(self, first: int, count: int) -> None:
        self._network = ipaddress.ip_network(POD_RANGE)
        self._first, self._count = first, count
        self._next = self._turns()
        self._taken: set[str] = set()

    def take(self) -> str:
        address = next(each for each in self._next if each not in self._taken)
        self._taken.add(address)
        return address

    def give_back(self, address: str) -> None:
        self._taken.discard(address)

    def _turns(self) -> Iterator[str]:
        while True:
            for number in range(self._first, self._first + self._count):
                yield str(self._network[number])


def of_pods() -> Addresses:
    return Addresses(PODS, NODES - PODS)


def of_nodes() -> Addresses:
    return Addresses(NODES, 1000)
