"""A record of the ledger with every part of its claim filled in."""

from __future__ import annotations

from trimtab.compiler.bundle import RunKind
from trimtab.reconciler.ledger import Inputs, Record

RECORD = Record(
    name="train-0123456789",
    run="train",
    kind=RunKind.TRAINING,
    key="v1:" + 64 * "0",
    recipe_digest="sha256:" + 64 * "1",
    recipe={"command": ["python"], "params": {"rate": 0.1, "none": None}},
    inputs=Inputs({"images": "sha256:2"}, {"images": "data/images/1"}, "v1:3", "runs/x/1", "sha256:4", "7"),
    retries=3,
    opened="2026-11-01T00:00:00Z",
)
