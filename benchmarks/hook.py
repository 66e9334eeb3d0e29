"""How long a commit waits for the hook, in starts of a bare interpreter, beside check-jsonschema on the same files.

check-jsonschema holds a file against the JSON Schema. The hook does that, in each of the three environments of these
files, merges overrides, looks names up, asks a hundred rules, and knows the line of everything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import BARE, PROGRAMS, in_turn

ROOT = Path(__file__).resolve().parent.parent
SPEC = Path(__file__).with_name("specs") / "fraud.mlsystem.yaml"
SCHEMA = ROOT / "schemas" / "v1" / "mlsystem.json"
ROUNDS = {1: 15, 100: 9, 1000: 5}
"""How often, by the number of files."""
MOST_FOR_THE_PEER = 100
"""Files; of more it takes a minute a round, and nothing new is learnt."""
GOALS = {1: 12, 100: 20, 1000: 150}
"""The most starts of an interpreter that the hook may take, by the number of files."""


def lines() -> Iterator[str]:
    length = len(SPEC.read_text(encoding="utf-8").splitlines())
    yield f"Files of {length} lines. Medians; *starts* are those of a bare interpreter, in the same round: of the time that"
    yield "passes, and of the processors' time. Megabytes are those of the largest process."
    yield ""
    yield "| files | program | seconds | starts | goal | CPU seconds | CPU starts | MB |"
    yield "|---:|---|---:|---:|---:|---:|---:|---:|"
    for count, rounds in ROUNDS.items():
        with tempfile.TemporaryDirectory() as folder:
            files = copies(Path(folder), count)
            commands = {"trimtab check": [str(PROGRAMS / "trimtab"), "check", *files]}
            if count <= MOST_FOR_THE_PEER:
                peer = [str(PROGRAMS / "check-jsonschema"), "--schemafile", str(SCHEMA), *files]
                commands["check-jsonschema"] = peer
            measured = in_turn(commands, rounds)
        for name, found in measured.items():
            goal = GOALS[count] if name == "trimtab check" else ""
            if name != BARE or count == 1:
                yield (
                    f"| {count if name != BARE else ''} | {name} | {found.seconds:.3f} | {found.starts:.1f} | {goal} "
                    f"| {found.cpu:.3f} | {found.cpu_starts:.1f} | {found.megabytes:.0f} |"
                )


def copies(folder: Path, count: int) -> list[str]:
    """As many systems, each of its own name."""
    text = SPEC.read_text(encoding="utf-8")
    paths = [folder / f"{number}.mlsystem.yaml" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(text.replace("fraud", f"fraud{number}"), encoding="utf-8")
    return [str(path) for path in paths]
