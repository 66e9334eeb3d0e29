"""Draw what `trimtab status` shows of examples/digits, as it is now, into docs/images/status.svg. Run the demo first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
TRIMTAB = Path(sys.executable).with_name("trimtab")
COLUMNS = 120
QUIET, TEXT, BACK = (128, 138, 150), (222, 228, 235), (24, 28, 34)
NORMAL = [
    BACK,
    (240, 113, 120),
    (120, 200, 130),
    (230, 190, 100),
    (110, 160, 240),
    (200, 140, 220),
    (90, 190, 200),
    TEXT,
]
BRIGHT = [QUIET, *NORMAL[1:]]
FAR_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A picture in a README fetches nothing."""


def main() -> None:
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    command = [str(TRIMTAB), "status", "examples/digits"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    console = Console(record=True, width=COLUMNS, file=StringIO())
    console.print(Text("$ trimtab status examples/digits\n"))
    console.print(Text.from_ansi(told.stdout))
    svg = console.export_svg(title="trimtab", theme=TerminalTheme(BACK, TEXT, NORMAL, BRIGHT))
    target = ROOT / "docs" / "images" / "status.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        FAR_FONT.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas"), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
