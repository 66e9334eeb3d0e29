"""A command that could not be run is told at its line; what a program did wrong, at the run's."""

from __future__ import annotations

import pytest
from compiled_specs import CLUSTER, IMAGE, bundle, run, spec

from trimtab.reconciler.failure_lines import failed_at
from trimtab.spec.positions import SpecPath

TRAINING = ("spec", "training", "c")
COMMAND = (*TRAINING, "command")
SAID = "it was tried 4 times: container training ended with exit code 1, its log ends with"


@pytest.mark.parametrize(
    ("exit_code", "reason", "line"),
    [
        (127, "command `tarin` was not found", COMMAND),
        (126, "command `train` is a directory", COMMAND),
        (1, f'{SAID} "/usr/bin/python3.11: No module named tarin"', COMMAND),
        (1, f"{SAID} \"/usr/bin/python: Error while finding module specification for 'a.b'\"", COMMAND),
        (1, f"{SAID} \"ModuleNotFoundError: No module named 'pandas'\"", TRAINING),
        (1, "exit code 1", TRAINING),
        (None, "", TRAINING),
    ],
)
def test_it_is_the_line_of_what_could_not_be_run(exit_code: int | None, reason: str, line: SpecPath) -> None:
    found = bundle(spec(f"training:\n  c: {{command: [python, -m, tarin], image: {IMAGE}}}"), CLUSTER)
    assert failed_at(run(found, "c").workload[-1], exit_code, reason, TRAINING) == line
