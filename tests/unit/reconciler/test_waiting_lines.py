"""What waits for a node is told at the line that asks for what the nodes don't have."""

from __future__ import annotations

from typing import Any

import pytest
from compiled_specs import CLUSTER, IMAGE, bundle, run, spec

from trimtab.reconciler.health.sentences import unscheduled
from trimtab.reconciler.waiting_lines import waits_at

POOL = ("spec", "compute", "pools", "gpu", "accelerator")
TRAINING = ("spec", "training", "c")
GPUS = "{gpu: {accelerator: {type: H100, perNode: 8}}}"


def at(says: str, training: str = "") -> Any:
    """The line for a training on a pool of GPUs, by the scheduler's own words."""
    body = f"training:\n  c: {{command: [python], image: {IMAGE}{training}}}"
    found = bundle(spec(body, ("{cpu: {node: {cpu: 4, memory: 16Gi}}}", GPUS)), CLUSTER)
    message = unscheduled(f"0/3 nodes are available: {says}. no new claims to deallocate")
    return waits_at(run(found, "c").workload[-1], message, ("otherwise",))


@pytest.mark.parametrize(
    ("says", "training", "line"),
    [
        ("3 Insufficient nvidia.com/gpu", "", (*POOL, "perNode")),
        ("3 Insufficient nvidia.com/gpu", ", resources: {gpu: 4}", (*TRAINING, "resources", "gpu")),
        (
            "1 Insufficient nvidia.com/gpu, 2 node(s) didn't match Pod's node affinity/selector",
            "",
            (*POOL, "perNode"),
        ),
        ("3 node(s) didn't match Pod's node affinity/selector", "", (*POOL, "type")),
        ("3 Insufficient cpu", ", resources: {cpu: 2}", (*TRAINING, "resources", "cpu")),
        ("3 node(s) had untolerated taint {x: y}", "", (*POOL, "type")),
        ("3 Too many pods", "", ("otherwise",)),
        ("3 Insufficient memory", "", ("otherwise",)),
    ],
)
def test_it_is_the_line_of_what_is_lacking(says: str, training: str, line: Any) -> None:
    assert at(says, training) == line
