"""Shows diagnostics: one module a format, each a pure function of the findings and of the texts they stand in.

Printing, colour and exit codes are the caller's. Only the module of the format that is asked for is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from trimtab.spec.diagnostic import Diagnostic

__all__ = ["FORMATS", "render"]

FORMATS = ("full", "concise", "json", "sarif", "github")
_MODULES = {"json": "as_json"}


def render(
    output: str, diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], *, color: bool = False
) -> str:
    """`diagnostics` in the format `output`, ending in a newline unless there is nothing to say.

    `texts` maps each file that a span names to its text. `color` concerns `full` and `concise` alone.
    """
    module = import_module(f"{__name__}.{_MODULES.get(output, output)}")
    if output in ("full", "concise"):
        return str(module.render(diagnostics, texts, color=color))
    return str(module.render(diagnostics, texts))
