"""The page of results: one section a benchmark, each replaced alone. It runs nothing and judges nothing."""

from __future__ import annotations

from collections.abc import Sequence

HEAD = """\
# Results

Written by `make bench ARGS=--record`.
"""
MARK = "## "


def with_section(page: str, section: Sequence[str], titles: Sequence[str]) -> str:
    """The page with this section in place of the one of its title. Sections are in the order of the titles, and one
    whose title is not among them goes."""
    sections = {**_sections(page), section[0].removeprefix(MARK): "\n".join(section).strip()}
    parts = [HEAD, *(f"{sections[title]}\n" for title in titles if title in sections)]
    return "\n".join(parts)


def _sections(page: str) -> dict[str, str]:
    parts = f"\n{page}".split(f"\n{MARK}")[1:]
    return {part.partition("\n")[0]: f"{MARK}{part.strip()}" for part in parts}
