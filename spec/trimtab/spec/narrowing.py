"""What a system may change of what its platform gives it: one table of keys, and how each may become less.

A key that is not in the table belongs to the platform. A number may become smaller (or larger, where more is
stricter), a list may lose items, a standard may become stricter; what the platform leaves at its default counts as
that default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trimtab.spec.shape.texts import DURATION, NotThis

Pattern = tuple[str, ...]


class Limit(NamedTuple):
    """How a value may change, in words and as a test of the platform's and the system's."""

    words: str
    holds: Callable[[Any, Any], bool]
    default: Any = None


def _items(value: Any) -> set[str]:
    return {str(item) for item in value} if isinstance(value, list) else {str(value)}


def _at_most(theirs: Any, own: Any) -> bool:
    return isinstance(own, (int, float)) and own <= theirs


def _at_least(theirs: Any, own: Any) -> bool:
    return isinstance(own, (int, float)) and own >= theirs


def _among(theirs: Any, own: Any) -> bool:
    return _items(own) <= _items(theirs)


def _all_of(theirs: Any, own: Any) -> bool:
    return _items(own) >= _items(theirs)


def _longer(theirs: Any, own: Any) -> bool:
    try:
        return bool(DURATION.parse(own) >= DURATION.parse(theirs))
    except NotThis:
        return False


def _in_order(*from_strict: str) -> Callable[[Any, Any], bool]:
    return lambda theirs, own: own in from_strict and from_strict.index(own) <= from_strict.index(theirs)


AT_MOST, AT_LEAST = Limit("at most", _at_most), Limit("at least", _at_least)
AMONG, ALL_OF = Limit("none but", _among), Limit("all of", _all_of)

LIMITS: Mapping[Pattern, Limit] = {
    ("compute", "pools", "*", "nodes", "max"): AT_MOST,
    ("compute", "pools", "*", "nodes", "min"): AT_LEAST,
    ("compute", "pools", "*", "maxPrice"): AT_MOST,
    ("compute", "pools", "*", "capacity"): AMONG._replace(default=["onDemand"]),
    ("compute", "pools", "*", "accelerator", "type"): AMONG,
    ("compute", "budget", "perRun"): AT_MOST,
    ("compute", "budget", "perMonth"): AT_MOST,
    ("compute", "placement", "regions"): AMONG,
    ("compute", "placement", "goal"): Limit("any", lambda theirs, own: True),
    ("compute", "queue", "quota", "*"): AT_MOST._replace(default=0),
    ("compute", "queue", "borrow", "*"): AT_MOST._replace(default=0),
    ("security", "podSecurity"): Limit(
        "nothing laxer than", _in_order("restricted", "baseline", "privileged"), "restricted"
    ),
    ("security", "images", "digests"): Limit("nothing laxer than", _in_order("required", "optional"), "required"),
    ("security", "images", "registries"): AMONG,
    ("security", "images", "signedBy"): ALL_OF,
    ("security", "network", "egress"): AMONG,
    ("security", "network", "ingress"): AMONG,
    ("security", "residency"): AMONG,
    ("security", "encryption", "inTransit"): Limit("nothing laxer than", _in_order("mtls", "tls")),
    ("security", "audit", "keep"): Limit("at least", _longer),
}  # fmt: skip
OWN: tuple[Pattern, ...] = (("data", "artifacts"), ("monitoring",), ("security", "access"))
"""What a system may say anew."""
CLOSED: tuple[Pattern, ...] = (
    ("compute", "pools"), ("compute", "priorities"), ("clusters",), ("security", "waivers"),
)  # fmt: skip
"""Maps to which a system adds nothing, once the platform has any of it."""
OPEN: tuple[Pattern, ...] = (
    (), ("data",), ("data", "stores"), ("data", "models"), ("compute",), ("compute", "budget"),
    ("compute", "placement"), ("compute", "queue"), ("security",), ("security", "identities"), ("security", "secrets"),
    ("security", "images"), ("security", "images", "mirrors"), ("security", "network"), ("security", "encryption"),
    ("security", "audit"),
)  # fmt: skip
"""Mappings to which a system may add keys: what they hold is additional, or a restriction."""


def limit_at(path: Pattern) -> Limit | None:
    return next((limit for pattern, limit in LIMITS.items() if _matches(pattern, path)), None)


def belongs_to_system(path: Pattern) -> bool:
    return any(path[: len(own)] == own for own in OWN)


def _matches(pattern: Pattern, path: Pattern) -> bool:
    return len(pattern) == len(path) and all(p in ("*", q) for p, q in zip(pattern, path, strict=True))
