"""Which files are specs by their name alone, in whatever tree: a folder on disk, or a commit. It opens none."""

from __future__ import annotations

NAME = "mlsystem.yaml"
NAMES = (NAME, "mlsystem.yml")
PLATFORMS = ("mlplatform.yaml", "mlplatform.yml")
NEVER = frozenset({"node_modules", "__pycache__", "venv"})
"""Folders that hold other people's files; those whose name begins with a dot are skipped as well."""

_SYSTEMS = tuple(f".{name}" for name in NAMES)
_PLATFORMS = tuple(f".{name}" for name in PLATFORMS)


def is_system(name: str) -> bool:
    """`mlsystem.yaml`, `fraud.mlsystem.yaml`."""
    return name in NAMES or name.endswith(_SYSTEMS)


def is_platform(name: str) -> bool:
    return name in PLATFORMS or name.endswith(_PLATFORMS)


def is_passed_over(folder: str) -> bool:
    """By whoever looks for specs below."""
    return folder.startswith(".") or folder in NEVER
