"""The corpus of specs in tests/corpus: each file says in its first lines which findings it gives, and where.

    # expect: TT012 8:3-8:9
    # expect: nothing

`python tests/support/spec_corpus.py` writes these lines anew into every file; read the difference before you commit
it. Files are kept byte for byte: carriage returns, tabs and byte order marks are what some of them are about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve
from trimtab.spec.text_lines import BOM

CORPUS = Path(__file__).parents[1] / "corpus"
FILE = "mlsystem.yaml"
_EXPECT = re.compile(r"# expect: ([^\r\n]*)\r?\n")


def specs() -> list[Path]:
    return sorted(CORPUS.glob("*.yaml"))


def read_bytes(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="surrogateescape")


def expected(text: str) -> list[str]:
    return _EXPECT.findall(_head(text))


def found(text: str) -> list[str]:
    """What `check` finds, in the form of an `expect` line."""
    return [_line(diagnostic) for diagnostic in findings(text)] or ["nothing"]


def findings(text: str, file: str = FILE) -> tuple[Diagnostic, ...]:
    return resolve(load(text, file, light=False)).diagnostics


def _line(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    return f"{diagnostic.code} {span.line}:{span.column}-{span.end_line}:{span.end_column}"


def _head(text: str) -> str:
    """The comment lines at the top."""
    match = re.match(r"(?:#[^\n]*\n)*", text.removeprefix(BOM))
    return match[0] if match else ""


def annotated(text: str) -> str:
    """`text` with the `expect` lines that it should have: how many there are moves every line below them."""
    for _ in range(3):
        text = _with_head(text, found(text))
    return text


def _with_head(text: str, lines: Iterable[str]) -> str:
    bom = BOM if text.startswith(BOM) else ""
    body = _EXPECT.sub("", _head(text)) + text.removeprefix(BOM)[len(_head(text)) :]
    end = "\r\n" if "\r\n" in body else "\n"
    return bom + "".join(f"# expect: {line}{end}" for line in lines) + body


def main() -> None:
    for path in specs():
        text = annotated(read_bytes(path))
        path.write_bytes(text.encode("utf-8", errors="surrogateescape"))


if __name__ == "__main__":
    main()
