#!/usr/bin/env python
"""Write every generated file anew; with --check, write nothing and fail if one is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from trimtab.reconciler.crds import files as crds
from trimtab.spec.json_schema import files as schemas
from trimtab.spec.shape.generate import table_text

ROOT = Path(__file__).resolve().parent.parent
FILES: dict[str, str] = {
    "spec/trimtab/spec/shape/table.py": table_text(),
    **{f"schemas/{path}": text for path, text in {**schemas(), **crds()}.items()},
}


def main() -> int:
    stale = [path for path, text in FILES.items() if not _is_current(ROOT / path, text)]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is stale: run tools/generate.py")
        return len(stale) > 0
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(FILES[path], encoding="utf-8")
        print(f"wrote {path}")
    return 0


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
