"""20,000 steps of the drift machine and more, in parallel namespaces of one API server: none is missed.

Takes up to an hour, so it runs on request: `make soak`. `TRIMTAB_SOAK_STEPS` asks for another number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from control_plane import Access

SUPPORT = Path(__file__).parents[1] / "support"
STEPS = int(os.environ.get("TRIMTAB_SOAK_STEPS", "20000"))
MOST_FALSE_ALARMS = 0.01
WORKERS = 4


@pytest.mark.soak
def test_nothing_is_missed_in_thousands_of_steps(control_plane: Access) -> None:
    argv = [sys.executable, "-m", "drift_worker", str(control_plane.folder), str(-(-STEPS // WORKERS))]
    workers = [
        subprocess.Popen(argv, cwd=SUPPORT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(WORKERS)
    ]
    told = [worker.communicate() for worker in workers]
    for worker, (_, errors) in zip(workers, told, strict=True):
        assert worker.returncode == 0, errors
    results = [json.loads(output) for output, _ in told]
    counts = sum((Counter(result["counts"]) for result in results), Counter[str]())
    examples = Counter(example for result in results for example in result["examples"])
    print(json.dumps({"counts": dict(sorted(counts.items())), "false alarms": examples}, indent=1))
    assert counts["steps"] >= STEPS
    assert counts["alarms: false"] <= MOST_FALSE_ALARMS * counts["steps"], examples
