"""The examples as tests: every spec below examples/, and what `trimtab compile` says of it in each environment.

tests/golden/examples holds that: the number of manifests and runs, or what is refused, by code and name.
`python tests/support/example_specs.py` writes it anew; read the difference. What a dialect learns leaves the lists.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from trimtab.reconciler.preparing import Prepared, prepare_folder
from trimtab.spec.load import load

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "golden" / "examples"
_SUBJECT = re.compile(r"`([^`]+)`")


def files() -> list[Path]:
    """Each spec and platform; not what lies in a folder that a person made while trying one."""
    found = EXAMPLES.rglob("ml*.yaml")
    return sorted(
        p for p in found if p.name in ("mlsystem.yaml", "mlplatform.yaml") and ".trimtab" not in p.parts
    )


def systems() -> list[Path]:
    return [path for path in files() if path.name == "mlsystem.yaml"]


def name(path: Path) -> str:
    return "-".join(path.parent.relative_to(EXAMPLES).parts)


def golden(path: Path) -> Path:
    return GOLDEN / f"{name(path)}.txt"


def environments(path: Path) -> list[str]:
    system = load(path.read_text(encoding="utf-8"), str(path)).system
    assert system is not None, path
    return list(system.spec.environments)


async def outcome(path: Path) -> str:
    """What compiling says, environment by environment."""
    parts = [_told(name, await prepare_folder(path, name)) for name in environments(path)]
    return "\n".join(parts)


def _told(environment: str, prepared: Prepared) -> str:
    return "".join(f"{line}\n" for line in (environment, *_lines(prepared)))


def _lines(prepared: Prepared) -> Iterator[str]:
    bundle = prepared.bundle
    if bundle is not None:
        yield f"  compiles: {len(bundle.manifests)} manifests, {len(bundle.runs)} runs"
    for diagnostic in prepared.diagnostics:
        subject = _SUBJECT.search(diagnostic.message)
        yield f"  {diagnostic.code} {subject[1] if subject else diagnostic.message}"


async def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in systems():
        golden(path).write_text(await outcome(path), encoding="utf-8")
    for stale in set(GOLDEN.glob("*.txt")) - {golden(path) for path in systems()}:
        stale.unlink()


if __name__ == "__main__":
    asyncio.run(main())
