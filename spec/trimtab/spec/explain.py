"""The page of a code, and the list of all codes: what `trimtab explain` prints, from files shipped beside the code.

A page is Markdown, `pages/TT012.md`, whose first line is `# TT012: <title>`. See pages/README.md for its form.
"""

from __future__ import annotations

import re
from pathlib import Path

_PAGES = Path(__file__).parent / "pages"
_CODE = re.compile(r"TT\d{3}")


def explain_code(code: str) -> str | None:
    """The page of `code`, as Markdown; None where there is no such code. Case does not matter."""
    wanted = code.upper()
    page = _PAGES / f"{wanted}.md"
    return page.read_text(encoding="utf-8") if _CODE.fullmatch(wanted) and page.is_file() else None


def title_of(code: str) -> str | None:
    """One line of what `code` is about."""
    page = explain_code(code)
    return page.partition("\n")[0].partition(": ")[2].strip() if page else None


def codes() -> tuple[str, ...]:
    """Every code that has a page, in order."""
    return tuple(sorted(page.stem for page in _PAGES.glob("TT[0-9][0-9][0-9].md")))
