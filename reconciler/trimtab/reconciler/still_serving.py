"""What an endpoint serves, where the status that said so was lost: an `MLSystem` that somebody deleted, or wiped.

Its Deployment says what it was last applied as, and the bundle that was kept then holds that in full, the model's
directory included. What is not found there is not guessed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trimtab.compiler.bundle import Bundle, Endpoint
from trimtab.compiler.canonical import canonical
from trimtab.compiler.packed import unpacked
from trimtab.reconciler.cluster import DESIRED
from trimtab.reconciler.ledger import Record
from trimtab.reconciler.state import Served, State


def with_what_serves(bundle: Bundle, state: State) -> State:
    """The same state, where nothing is missing."""
    if state.system is None:
        return state
    known = state.system.serving
    found = {e.name: served for e in bundle.endpoints if e.name not in known for served in _of(state, e)}
    return replace(state, system=replace(state.system, serving={**known, **found})) if found else state


def _of(state: State, endpoint: Endpoint) -> Iterator[Served]:
    """At most one."""
    text = _applied_as(state, endpoint)
    if not text:
        return
    for record in state.records.values():
        if record.run == endpoint.training and record.ended_well and record.directory in text:
            yield _served(record)
            return


def _applied_as(state: State, endpoint: Endpoint) -> str:
    observed = state.objects.get(endpoint.deployment)
    if observed is None or not observed.own:
        return ""
    entries = (bundle.find(endpoint.deployment) for bundle in state.applied)
    said = observed.annotations.get(DESIRED, "")
    bodies = (entry.body for entry in entries if entry is not None and entry.desired == said)
    return next((canonical(unpacked(body)).decode() for body in bodies if body is not None), "")


def _served(record: Record) -> Served:
    return Served(record.name, record.key, record.directory, record.artifact, record.ended)
