"""One process of the soak: plays the drift machine in a namespace of its own, and prints what it counted.

python -m drift_worker <folder of a running control plane> <steps>
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from control_plane import connect
from control_plane.fixtures import make_namespace
from drift_arena import Arena, clean_up, prepare
from drift_machine import play

OF_EACH = 50
"""Steps with one object: longer histories than a quick test has."""


def main(folder: Path, steps: int) -> None:
    plane = connect(folder)
    namespace = make_namespace(plane, "soak")
    prepare(plane, namespace)
    with tempfile.TemporaryDirectory() as scratch:
        arena = Arena(plane, namespace, Path(scratch))
        arena.open()
        while arena.counts["steps"] < steps:
            play(arena, min(steps - arena.counts["steps"], 1000), OF_EACH)
        arena.close()
    clean_up(plane, namespace)
    json.dump({"counts": arena.counts, "examples": arena.examples}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
