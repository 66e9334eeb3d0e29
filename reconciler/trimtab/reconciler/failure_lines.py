"""At which line to look when a run has failed: its command, where that is what could not be run.

Pure: a manifest, and how its Job ended. What the program itself did wrong is written nowhere in the spec, so then the
run's own line is meant.
"""

from __future__ import annotations

import re

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.exit_codes import NOT_FOUND, NOT_RUN
from trimtab.compiler.pod_templates import pod_specs
from trimtab.spec.positions import SpecPath

_NO_SUCH_MODULE = re.compile(r"python\S*: (No module named|Error while finding module specification)")
"""What `python -m` says itself; an import that fails in the program is told otherwise."""


def failed_at(manifest: Manifest, exit_code: int | None, reason: str, otherwise: SpecPath) -> SpecPath:
    if exit_code not in (NOT_RUN, NOT_FOUND) and not _NO_SUCH_MODULE.search(reason):
        return otherwise
    commands = (
        (*place, "containers", 0, "command")
        for place, pod in pod_specs(manifest.body)
        if "command" in pod["containers"][0]
    )
    field = next(commands, None)
    return otherwise if field is None else manifest.origin(field)
