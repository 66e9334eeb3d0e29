"""Specs in a few lines: the smallest valid one, and what a test adds to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trimtab.spec.load import load
from trimtab.spec.resolve import Resolved, resolve

HEAD = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: test}\n"

Resolve = Callable[..., Resolved]


@pytest.fixture
def resolved() -> Resolve:
    """Resolve the text of `spec:`, whose first line is line 5 of the file."""

    def go(spec: str, environment: str | None = None) -> Resolved:
        body = "".join(f"  {line}\n" if line else "\n" for line in spec.strip("\n").splitlines())
        return resolve(load(f"{HEAD}spec:\n{body}", "spec.yaml"), environment)

    return go
