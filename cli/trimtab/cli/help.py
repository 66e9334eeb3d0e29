"""How a command introduces itself: a sentence or two, then examples that can be pasted."""

from __future__ import annotations

import argparse
from textwrap import fill

WIDTH = 98


def describe(parser: argparse.ArgumentParser, description: str, *examples: tuple[str, str]) -> None:
    width = max(len(command) for command, _ in examples)
    lines = [f"  {command:<{width}}  # {meaning}" for command, meaning in examples]
    parser.description = fill(description, WIDTH)
    parser.epilog = "\n".join(["examples:", *lines])
