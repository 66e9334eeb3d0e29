"""What a system of the sweep is asked to become, one after another: each is an edit of the spec of `tests/e2e/blink`."""

from __future__ import annotations

from typing import NamedTuple


class Phase(NamedTuple):
    name: str
    before: str
    after: str
    power: int
    """Of the recipe whose model should serve at its end."""


PHASES = (
    Phase("first apply", "", "", 1),
    Phase("promotion", "power: 1}", "power: 2}", 2),
    Phase("prune", "teller: {model", "clerk: {model", 2),
    Phase(
        "update",
        "cpu: 100m, memory: 64Mi}, replicas: {min: 1, max: 2",
        "cpu: 150m, memory: 64Mi}, replicas: {min: 1, max: 3",
        2,
    ),
)
"""A recipe, so that another model is trained, judged and served; an endpoint's name, so that the objects of the old one
go; objects that change in place. Each has fewer calls than the one before it: none is gone through in vain."""
