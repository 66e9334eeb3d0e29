"""Baselines as a text in the `MLSystem`'s status: which objects, packed, and after a dot 96 bits of each digest.

What can't be read is as good as absent, whoever wrote it: each object costs one dry run, and nothing else. The text is
kept short because `kubectl describe` shows it, and because a status has to stay well below what etcd takes.
"""

from __future__ import annotations

import base64
import re
import sys
import zlib
from collections.abc import Mapping

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.state import MARK, Baseline, SystemRecord

MOST_NAMES = 64 * 1024 * 1024
"""Bytes. Names that unpack to more were not packed here."""

_BYTES = MARK // 2
_BOTH_MARKS = re.compile(f"[0-9a-f]{{{2 * MARK}}}")


def pack(baseline: Mapping[Ref, Baseline]) -> str:
    """Empty where there is nothing to remember."""
    rows = [(ref, "".join(marks)) for ref, marks in sorted(baseline.items())]
    rows = [(ref, marks) for ref, marks in rows if _BOTH_MARKS.fullmatch(marks)]
    if not rows:
        return ""
    names = zlib.compress("\n".join("|".join(ref) for ref, _ in rows).encode(), 9)
    return f"{_text(names)}.{_text(bytes.fromhex(''.join(marks for _, marks in rows)))}"


class Packer:
    """`pack`, which remembers what it did last: nearly every plan asks for the same."""

    def __init__(self) -> None:
        self._last: tuple[Mapping[Ref, Baseline], str] = ({}, "")

    def __call__(self, baseline: Mapping[Ref, Baseline]) -> str:
        if self._last[0] != baseline:
            self._last = (baseline, pack(baseline))
        return self._last[1]


def of(record: SystemRecord) -> dict[Ref, Baseline]:
    return unpack(record.status.get("baseline", ""))


def unpack(text: str) -> dict[Ref, Baseline]:
    try:
        packed, _, marks = text.partition(".")
        names = zlib.decompressobj().decompress(base64.b64decode(packed), MOST_NAMES).decode().split("\n")
        digests = base64.b64decode(marks)
        if len(digests) != 2 * _BYTES * len(names):
            return {}
        halves = [digests[start : start + _BYTES].hex() for start in range(0, len(digests), _BYTES)]
        rows = zip(names, halves[::2], halves[1::2], strict=True)
        return {Ref(*map(sys.intern, name.split("|"))): Baseline(desired, own) for name, desired, own in rows}
    except (ValueError, TypeError, AttributeError, zlib.error):
        return {}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
