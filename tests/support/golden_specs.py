"""Small specs that each show one thing the compiler does, and what they compile to in each of their environments.

They lie in tests/golden/compiler, a folder beside each; `python tests/support/golden_specs.py` writes the folders anew.
"""

from __future__ import annotations

from pathlib import Path

from compiled_specs import FILE, TARGETS, bundle
from golden_digits import GOLDEN, texts, write

from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

SPECS = sorted(GOLDEN.parent.glob("*.yaml"))


def environments(path: Path) -> list[str]:
    system = load(path.read_text(encoding="utf-8"), FILE).system
    assert system is not None, path
    return [name for name in system.spec.environments if name in TARGETS]


def written(path: Path, environment: str) -> dict[str, str]:
    found = resolve(load(path.read_text(encoding="utf-8"), FILE), environment)
    return texts(bundle(found, TARGETS[environment]))


def main() -> None:
    for path in SPECS:
        for environment in environments(path):
            write(path.with_suffix("") / environment, written(path, environment))


if __name__ == "__main__":
    main()
