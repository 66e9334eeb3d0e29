"""Whose system is it: the source, environment and cluster that it was applied from, against those of who applies now.

Pure. It is recorded in the `MLSystem`, and in each bundle that is kept: who deletes the `MLSystem` by mistake does not
make the system anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.desired import system_ref
from trimtab.reconciler.state import SystemRecord
from trimtab.reconciler.system import CLUSTER, ENVIRONMENT, SOURCE


class Identity(NamedTuple):
    """`cluster` is the UID of its kube-system. What is empty was not recorded, and says nothing."""

    source: str
    environment: str
    cluster: str


def recorded(bundle: Bundle, system: SystemRecord | None, kept: Iterable[Applied]) -> tuple[Identity, ...]:
    """One, or, where the `MLSystem` is gone, that of each bundle."""
    if system is not None:
        return (Identity(system.source, system.environment, system.cluster),)
    entries = (applied.find(system_ref(bundle)) for applied in kept)
    bodies = (entry.body for entry in entries if entry is not None and entry.body is not None)
    return tuple(_of(body["metadata"].get("annotations", {})) for body in bodies)


def _of(annotations: Mapping[str, str]) -> Identity:
    return Identity(*(annotations.get(name, "") for name in (SOURCE, ENVIRONMENT, CLUSTER)))


def refusal(name: str, ours: Identity, known: Iterable[Identity]) -> str:
    """Why this is another's system, in one sentence; nothing where it is ours or nobody's."""
    told = [_difference(name, ours, each) for each in known]
    return told[0] if all(told) and told else ""


def _difference(name: str, ours: Identity, known: Identity) -> str:
    if known.source and known.source != ours.source:
        return f"{name} is kept by {known.source}, not {ours.source}; `--take-over` changes that"
    if known.environment and known.environment != ours.environment:
        return (
            f"{name} is kept as environment {known.environment}, not {ours.environment}; "
            "give each environment a namespace or a cluster of its own (`--take-over` changes it)"
        )
    if known.cluster and known.cluster != ours.cluster:
        return f"{name} was recorded on another cluster; `--take-over` changes that"
    return ""
