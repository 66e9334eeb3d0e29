"""The one form of a spec: canonical layout, and the sections in the order in which the language describes them.

Comments, quotes, flow and block style are the author's and stay. What a text means never changes: a result that
would read differently is a bug and is not returned.
"""

from __future__ import annotations

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.layout import lay_out
from trimtab.spec.section_order import in_order
from trimtab.spec.text_lines import BOM
from trimtab.spec.yaml_reader import Document, read


def format_text(text: str, file: str) -> str | tuple[Diagnostic, ...]:
    """`text` in its one form; where it cannot be read, what is wrong with it."""
    document = read(text, file)
    errors = tuple(d for d in document.diagnostics if d.is_error)
    if errors:
        return errors
    formatted = in_order(lay_out(text.removeprefix(BOM).replace("\r\n", "\n")), file)
    _prove(document, read(formatted, file))
    return formatted


def _prove(before: Document, after: Document) -> None:
    if before.tree != after.tree:
        raise RuntimeError(
            f"formatting {before.file} would change its meaning; please report it with the file"
        )
