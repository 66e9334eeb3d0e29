"""`python -m trimtab.spec.json_schema <folder>` writes the schemas; with --check it fails where one is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from trimtab.spec.json_schema import files


def main(arguments: list[str]) -> int:
    folder = Path(next((a for a in arguments if not a.startswith("-")), "schemas"))
    stale = [path for path, text in files().items() if not _is_current(folder / path, text)]
    for path in stale:
        print(f"{folder / path} is stale" if "--check" in arguments else f"wrote {folder / path}")
        if "--check" not in arguments:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(files()[path], encoding="utf-8")
    return int("--check" in arguments and bool(stale))


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
