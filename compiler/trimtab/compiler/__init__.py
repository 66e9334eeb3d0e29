"""The compiler: what a resolved spec means on a target, as manifests, runs and edges. Pure; see docs/architecture.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trimtab.compiler.bundle import Bundle
    from trimtab.compiler.capabilities import Capabilities, local_capabilities
    from trimtab.compiler.compile import Compiled, compile_system
    from trimtab.compiler.sources import CodeTree, Lock, Sources

__all__ = [
    "Bundle",
    "Capabilities",
    "CodeTree",
    "Compiled",
    "Lock",
    "Sources",
    "compile_system",
    "local_capabilities",
]

_HOMES = {
    "Bundle": "bundle",
    "Capabilities": "capabilities",
    "CodeTree": "sources",
    "Compiled": "compile",
    "Lock": "sources",
    "Sources": "sources",
    "compile_system": "compile",
    "local_capabilities": "capabilities",
}


def __getattr__(name: str) -> Any:
    """Names are imported when asked for: who needs only the values does not pay for the compiler."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
