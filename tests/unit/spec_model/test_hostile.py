"""Rules look at hostile specs in bounded time and depth."""

from __future__ import annotations

import time
from typing import Any

import pytest

from trimtab.spec.rules.registry import MOST_FINDINGS

SECONDS = 10
"""Far more than any of these takes; far less than a quadratic rule would."""
MANY = 2500


def chain() -> str:
    """Each pipeline reads what the one before writes; the first reads what the last writes."""
    datasets = "".join(f"    d{n}: {{}}\n" for n in range(MANY))
    step = "    p{n}: {{code: {{path: src}}, command: [x], reads: [d{before}], writes: [d{n}]}}\n"
    pipelines = "".join(step.format(n=n, before=(n - 1) % MANY) for n in range(MANY))
    return f"data:\n  datasets:\n{datasets}  pipelines:\n{pipelines}compute: {{pools: {{cpu: {{}}}}}}"


def dangling() -> str:
    names = ", ".join(f"missing{n}" for n in range(MANY))
    datasets = "".join(f"    dataset{n}: {{store: lake}}\n" for n in range(MANY))
    return (
        f"data:\n  stores: {{lake: {{uri: s3://a}}}}\n  datasets:\n{datasets}compute: {{pools: {{cpu: {{}}}}}}\n"
        f"training: {{m: {{code: {{path: src}}, command: [x], reads: [{names}]}}}}"
    )


def repeated() -> str:
    names = ", ".join(["x"] * MANY * 4)
    return f"security: {{residency: [{names}]}}"


def trainings() -> str:
    rows = "".join(f"  t{n}: {{code: {{path: src}}, command: [x], base: t{n + 1}}}\n" for n in range(MANY))
    return f"compute: {{pools: {{cpu: {{}}}}}}\ntraining:\n{rows}  t{MANY}: {{code: {{path: src}}, command: [x]}}"


@pytest.mark.parametrize("spec", [chain, dangling, repeated, trainings], ids=lambda spec: spec.__name__)
def test_it_ends(resolved: Any, spec: Any) -> None:
    begun = time.monotonic()
    result = resolved(spec())
    assert time.monotonic() - begun < SECONDS
    assert len(result.diagnostics) <= 2 * (MOST_FINDINGS + 1)


def test_a_long_chain_is_a_circle_when_its_ends_meet(resolved: Any) -> None:
    (found,) = resolved(chain()).diagnostics
    assert found.code == "TT208"
    assert len(found.message) < 500


def test_what_is_left_out_is_said(resolved: Any) -> None:
    found = resolved(dangling()).diagnostics
    assert found[0].message == f"there are more findings of TT201 than the {MOST_FINDINGS} that are shown"
