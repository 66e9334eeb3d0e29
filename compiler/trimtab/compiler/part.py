"""What one section, or one piece of it, contributes to the bundle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trimtab.compiler.bundle import Endpoint, Manifest, Run


class Part(NamedTuple):
    runs: tuple[Run, ...] = ()
    objects: tuple[Manifest, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()


def joined(parts: Iterable[Part]) -> Part:
    """All of them as one. Files of the same content have the same name, and are there once."""
    parts = tuple(parts)
    objects = {manifest.ref: manifest for part in parts for manifest in reversed(part.objects)}
    return Part(
        tuple(run for part in parts for run in part.runs),
        tuple(objects.values()),
        tuple(endpoint for part in parts for endpoint in part.endpoints),
    )
