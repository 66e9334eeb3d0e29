"""`trimtab.dev/v1beta1`, and what changed after it.

It counted a workload's machines as `workers`. Frameworks say that word of processes and of data loaders too, of which
a machine has several, so version 1 says `nodes`, as pools and quotas always have.
"""

from __future__ import annotations

from trimtab.spec.migrations.step import ANY, Rename, Step
from trimtab.spec.migrations.versions import CURRENT, V1BETA1

_WORKLOADS = (
    ("data", "pipelines", ANY),
    ("training", ANY),
    ("training", ANY, "evaluate", ANY),
    ("training", ANY, "roles", ANY),
    ("deployment", ANY),
)
_SPECS = (("spec",), ("spec", "environments", ANY, "overrides"))
"""Where a spec, or a part of one, stands."""

TO_V1 = Step(
    V1BETA1,
    CURRENT,
    tuple(Rename((*spec, *workload), "workers", "nodes") for spec in _SPECS for workload in _WORKLOADS),
)
