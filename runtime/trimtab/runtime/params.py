"""`run.params`: what the spec's `params` say, by attribute or by item. Read-only."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.runtime.complaint import Complaint


class Params(Mapping[str, Any]):
    """`params.learningRate` and `params["learningRate"]` are the same; a mapping inside is `Params` again."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    @classmethod
    def read(cls, path: Path) -> Params:
        """A run whose spec says no params has no file of them."""
        try:
            values = json.loads(path.read_bytes())
        except FileNotFoundError:
            return cls({})
        except ValueError as error:
            raise Complaint(f"the params in {path} are not JSON: {error}") from None
        if not isinstance(values, dict):
            raise Complaint(f"the params in {path} should be a mapping")
        return cls(values)

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        return Params(value) if isinstance(value, dict) else value

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(self._missing(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Params({self._values!r})"

    def _missing(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._values, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(self._values) or 'none'}"
        return f"the spec's params have no {name!r}; {hint}"
