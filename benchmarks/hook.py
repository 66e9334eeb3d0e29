"""How long a commit waits for the hook, in starts of a bare interpreter, beside check-jsonschema on the same files."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
EXAMPLE = ROOT / "examples" / "digits" / "mlsystem.yaml"
SCHEMA = ROOT / "schemas" / "v1" / "mlsystem.json"
ROUNDS = 9
COUNTS = (1, 100)


def main() -> None:
    bare = seconds([sys.executable, "-c", "pass"])
    print(f"{'bare interpreter':<32}{bare * 1000:8.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            files = copies(Path(folder), count)
            report(f"trimtab check, {count} files", [str(PROGRAMS / "trimtab"), "check", *files], bare)
            rival = [str(PROGRAMS / "check-jsonschema"), "--schemafile", str(SCHEMA), *files]
            report(f"check-jsonschema, {count} files", rival, bare)


def copies(folder: Path, count: int) -> list[str]:
    paths = [folder / f"{number}.mlsystem.yaml" for number in range(count)]
    for path in paths:
        shutil.copyfile(EXAMPLE, path)
    return [str(path) for path in paths]


def report(name: str, command: list[str], bare: float) -> None:
    taken = seconds(command)
    print(f"{name:<32}{taken * 1000:8.0f} ms{taken / bare:8.1f} starts")


def seconds(command: list[str]) -> float:
    """The median of several whole processes; the first round warms the file cache and does not count."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


if __name__ == "__main__":
    main()
