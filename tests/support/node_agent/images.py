"""Images as what this machine has: nothing is pulled, a table says which programs an image's name stands for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Image:
    """What a container of this image finds besides this machine's /usr and /etc, all of it read-only."""

    path: tuple[str, ...] = ()
    """Folders of this machine before all others on PATH; they must be shown."""
    shows: tuple[str, ...] = ()
    """Files and folders of this machine, at the same place in the container."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path in the container -> a file or folder of this machine: `{"/manager": ".../kueue"}`."""
    command: tuple[str, ...] = ()
    """Where the container names none."""
    env: Mapping[str, str] = field(default_factory=dict)
    user: int = 0
    working_directory: str = "/"


def this_python(**more: Any) -> Image:
    """The Python that runs the tests, with all that it can import."""
    shown = dict.fromkeys(str(Path(found).resolve()) for found in (sys.base_prefix, sys.prefix, REPOSITORY))
    return Image(path=(str(Path(sys.executable).parent),), shows=tuple(shown), **more)


def find(images: Mapping[str, Image], name: str) -> Image | None:
    """By its whole name, its digest, or its repository: a name without tag and digest."""
    bare, _, digest = name.partition("@")
    repository = bare if ":" not in bare.rpartition("/")[2] else bare.rpartition(":")[0]
    return next((images[key] for key in (name, digest, bare, repository) if key in images), None)
