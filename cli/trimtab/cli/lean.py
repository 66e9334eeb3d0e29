"""Keeps pydantic from looking for plugins: 90 modules and a scan of every installed distribution, before each commit.

pydantic can be told to load no plugin, but not to leave the search alone. So the module that searches is here before
it looks for it, and finds nothing. Should that module move, start-up gets slower and the import budget's test says so.
"""

from __future__ import annotations

import sys
from types import ModuleType

SEARCH = "pydantic.plugin._loader"


class _NoPlugins(ModuleType):
    def get_plugins(self) -> tuple[()]:
        return ()


def without_plugins() -> None:
    """Call it before pydantic is imported for the first time."""
    sys.modules.setdefault(SEARCH, _NoPlugins(SEARCH))
