"""Lock files: pip's requirements format, each line one pin with hashes.

Nothing else is taken: no index, no path, no URL, no other file, since a spec may not decide where this machine downloads
from. What is installed from one is known to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement

from trimtab.reconciler.local.environment_failure import EnvironmentFailed

_HASH = re.compile(r"\s--hash=\S+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
HOW = "write it with `uv pip compile --generate-hashes` or `uv export --no-emit-project`"


def satisfied_by_this_python(lock_text: str) -> bool:
    """Has the running Python every pin that applies to it, at that version? Raises `EnvironmentFailed` on a bad lock."""
    applicable = [pin for pin in pins(lock_text) if pin.marker is None or pin.marker.evaluate()]
    return all(_is_installed(pin) for pin in applicable)


def pins(lock_text: str) -> Iterator[Requirement]:
    """Each requirement of the lock; raises `EnvironmentFailed` at the first line that is no pin with a hash."""
    for line in re.sub(r"\\\r?\n", " ", lock_text).splitlines():
        entry = _COMMENT.sub("", line).strip()
        if entry:
            yield _pin(entry)


def _pin(entry: str) -> Requirement:
    try:
        pin = Requirement(_HASH.sub("", entry).strip())
    except InvalidRequirement:
        raise EnvironmentFailed(f"the lock has a line that is no pin: `{entry[:80]}`; {HOW}") from None
    versions = [s for s in pin.specifier if s.operator == "==" and not s.version.endswith(".*")]
    if pin.url is not None or len(versions) != len(pin.specifier) or len(versions) != 1:
        raise EnvironmentFailed(f"the lock must pin {pin.name} to one version (`{pin.name}==...`); {HOW}")
    if not _HASH.search(entry):
        raise EnvironmentFailed(f"the lock has no hash for {pin.name}; {HOW}")
    return pin


def _is_installed(pin: Requirement) -> bool:
    try:
        return pin.specifier.contains(metadata.version(pin.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False
