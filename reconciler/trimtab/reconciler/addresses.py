"""Where a spec comes from, and which cluster it is for."""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """A source, and the commit of it; empty outside a repository."""

    source: str
    commit: str


class Target(NamedTuple):
    """A cluster: what the spec calls it, and its context in a kubeconfig."""

    name: str
    context: str
