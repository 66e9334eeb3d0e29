"""The pages of what compiling finds (TT4nn), as tests: see `spec_pages`, whose form they have.

`python tests/support/compiled_pages.py` writes the printed findings anew into every page. Beside the spec lie the
folder `src` and the file `requirements.txt`, the folder `everything`, which is too large, and what was found in
cluster `us-east`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from compiled_specs import CLUSTER, LOCAL, SOURCES, US_EAST, compiled
from spec_pages import FILE, PAGES, examples

from trimtab.compiler import Capabilities, CodeTree, Sources
from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import load
from trimtab.spec.render import render
from trimtab.spec.resolve import Resolved, resolve

LARGE = CodeTree("sha256:" + 64 * "b", bytes(3 * 2**20))
BESIDE = Sources({**SOURCES.trees, "everything": LARGE}, SOURCES.locks, SOURCES.interpreter)


def pages() -> list[Path]:
    return sorted(PAGES.glob("TT4*.md"))


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What is found in a spec that is compiled for the environment it means by default."""
    found = resolve(load(text, FILE))
    return ordered((*found.diagnostics, *compiled(found, _target(found), BESIDE).diagnostics))


def _target(found: Resolved) -> Capabilities:
    place = found.environment.run_on if found.environment else None
    if place is None or place.local:
        return LOCAL
    return replace(CLUSTER, cluster="us-east", facts=US_EAST) if place.runs == "us-east" else CLUSTER


def printed(text: str) -> str:
    return render("full", findings(text), {FILE: text})


def main() -> None:
    for path in pages():
        page = path.read_text(encoding="utf-8")
        for example in examples(page):
            if example.printed is not None:
                old = f"{example.text}```\n\n```text\n{example.printed}```"
                page = page.replace(old, f"{example.text}```\n\n```text\n{printed(example.text)}```", 1)
        path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
