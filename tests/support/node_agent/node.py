"""What a node is to be: the value that tests hand over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    """A machine with that capacity, in words of Kubernetes: `{"nvidia.com/gpu": "8"}`. Nothing of it is enforced."""

    name: str
    capacity: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()


PLAIN = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "250"}
"""The capacity of a node, besides what is given."""
