"""The secrets of one environment: `<environment>.secrets.json` beside its state, mode 0600, outside git and outside the
database.

    {"hf": {"token": "…"}, "pager": {"key": "…"}}

A secret's name leads to its keys. Values are read where they are used and nowhere kept.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path

from trimtab.reconciler.local.controllers.hindrance import Hindered

REASON = "SecretsFile"


def read(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Empty where there is no file; `Hindered` where others could read it or it does not say what it should."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Hindered(f"{path} can't be read: {error.strerror}", REASON) from error
    if stat.S_IMODE(mode) & 0o077:
        raise Hindered(f"{path} can be read by others: run `chmod 600 {path}`", REASON)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Hindered(f"{path} is no JSON", REASON) from error
    if not _is_secrets(found):
        raise Hindered(f"{path} must map each secret's name to its keys and their texts", REASON)
    return found  # type: ignore[no-any-return]


def _is_secrets(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(keys, dict) and all(isinstance(value, str) for value in keys.values())
        for keys in found.values()
    )
