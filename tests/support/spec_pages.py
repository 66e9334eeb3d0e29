"""The pages of codes as tests: each example is checked as it stands, and what it prints must be what the page says.

`python tests/support/spec_pages.py` writes the printed findings anew into every page; read the difference before you
commit it. The form of a page is described in spec/trimtab/spec/pages/README.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.load import load
from trimtab.spec.render import render
from trimtab.spec.resolve import resolve

PAGES = Path(__file__).parents[2] / "spec" / "trimtab" / "spec" / "pages"
FILE = "mlsystem.yaml"
_BLOCK = re.compile(r"^```(yaml|yaml escaped|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


class Example(NamedTuple):
    """A spec of a page. `printed` is what the page says of it; None for a spec that must be clean."""

    text: str
    printed: str | None


def pages() -> list[Path]:
    """Of what `check` finds. What compiling finds (TT4nn) is `compiled_pages`' own."""
    return sorted(PAGES.glob("TT[0-3]*.md"))


def examples(page: str) -> list[Example]:
    blocks = _BLOCK.findall(page)
    return [
        Example(_unescaped(body) if kind == "yaml escaped" else body, _printed_after(blocks, i))
        for i, (kind, body) in enumerate(blocks)
        if kind != "text"
    ]


def _printed_after(blocks: list[tuple[str, str]], index: int) -> str | None:
    following = blocks[index + 1 : index + 2]
    return following[0][1] if following and following[0][0] == "text" else None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What `check` says of a spec, in the environment that it means by default."""
    return resolve(load(text, FILE)).diagnostics


def printed(text: str) -> str:
    return render("full", findings(text), {FILE: text})


def filled(page: str) -> str:
    """The page with each `text` block as it should be."""
    for example in examples(page):
        if example.printed is not None:
            old, new = f"```text\n{example.printed}```", f"```text\n{printed(example.text)}```"
            page = page.replace(old, new, 1) if old != new else page
    return page


def main() -> None:
    for path in pages():
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
