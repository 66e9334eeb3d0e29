"""What a run says while it works: a line for people, then the same for machines.

A machine's line is `::trimtab ` and one JSON object with the same names. Whoever follows the log shows the one kind
and reads the other; losing either loses nothing that counts, since the ledger lives by the last words alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

PREFIX = "::trimtab "
POSITIONS = ("epoch", "step", "of")
"""Names that say where the run stands rather than how it does: they have no history."""

Values = Mapping[str, "float | int | None"]


def say(values: Values) -> None:
    print(f"{for_people(values)}\n{PREFIX}{json.dumps(values, allow_nan=False)}", flush=True)


def for_people(values: Values) -> str:
    """`epoch 3/12  loss 0.4213`"""
    of = f"/{values['of']}" if "of" in values else ""
    parts = [f"{name} {values[name]}{of}" for name in POSITIONS[:2] if name in values]
    parts += [f"{name} {_short(value)}" for name, value in values.items() if name not in POSITIONS]
    return "  ".join(parts)


def _short(value: float | int | None) -> str:
    if value is None or not math.isfinite(value):
        return "nan"
    return str(value) if isinstance(value, int) else f"{value:.4g}"
