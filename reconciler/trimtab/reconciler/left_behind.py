"""What is said of a system that a spec has described and describes no more: it is nobody's now, and stays as it is."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from trimtab.reconciler.addresses import Target
from trimtab.reconciler.keeper import Wanted


def sentence(path: str, left: Wanted) -> str:
    """`left` as the spec at this path said it last: who has that spec again can delete the system."""
    where = f"cluster {left.engine.name}" if isinstance(left.engine, Target) else "this machine"
    return (
        f"no spec describes system {left.bundle.system} of namespace {left.bundle.namespace} on {where} any more: "
        f"it is no longer kept, and its objects stay; `{_deletion(path, left)}` deletes it"
    )


def _deletion(path: str, left: Wanted) -> str:
    """The earlier spec lies beside the newer one: what it refers to, and the state of this machine, are found from there."""
    earlier = shlex.quote(str(PurePosixPath(path).with_name("old.mlsystem.yaml")))
    show = f"git show {shlex.quote(f'{left.origin.commit[:10]}:{path}')} > {earlier}"
    return f"{show} && trimtab delete {earlier} -e {shlex.quote(left.bundle.environment)} --take-over"
