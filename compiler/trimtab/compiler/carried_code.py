"""User code on its way into a workload: the tree as an immutable ConfigMap and, on this machine, its lock beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trimtab.compiler import kubernetes_basics
from trimtab.compiler.bundle import Manifest
from trimtab.compiler.intents import Files
from trimtab.compiler.placed import Placed
from trimtab.compiler.site import Site
from trimtab.compiler.sources import CodeTree, Lock
from trimtab.compiler.tree import at

if TYPE_CHECKING:
    from trimtab.spec.model.workload import Code

LARGEST = 900 * 1024
"""A ConfigMap holds 1 MiB; some is left for what else it says."""
ARCHIVE = "code.tar.gz"
LOCK_FILE = "requirements.txt"


@dataclass(frozen=True, slots=True)
class CarriedCode:
    """What a program needs of it. `identity` is what of it can change a result."""

    files: Files | None = None
    lock: Lock | None = None
    lock_config: Any = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    objects: tuple[Manifest, ...] = ()


def carry(site: Site, placed: Placed) -> CarriedCode:
    code = placed.workload.code
    if code is None:
        return CarriedCode()
    tree, lock = _tree(site, placed, code), _lock(site, placed, code)
    if tree is None:
        return CarriedCode(lock=lock)
    carried = kubernetes_basics.binary_file(
        site, "code", ARCHIVE, tree.archive, tree.digest, placed.at("code")
    )
    files, identity = Files("code", carried.ref.name, placed.at("code")), {"code": tree.digest}
    if lock is None or not site.capabilities.is_local:
        return CarriedCode(files, lock, None, identity, (carried,))
    texts, path = {LOCK_FILE: lock.text}, placed.at("code", "lock")
    locked = kubernetes_basics.text_files(site, "lock", texts, path)
    identity = {**identity, "lock": lock.digest}
    return CarriedCode(files, lock, at(locked.ref.name, path), identity, (carried, locked))


def _tree(site: Site, placed: Placed, code: Code) -> CodeTree | None:
    path = placed.at("code", "path")
    tree = site.sources.trees.get(code.path)
    if tree is None:
        site.findings.add("TT403", f"there is no folder `{code.path}` beside the spec", path)
    elif len(tree.archive) > LARGEST:
        size = f"{len(tree.archive) / 2**20:.1f} MiB"
        message = f"the code in `{code.path}` is {size}, too large to travel (900 KiB): put it into the image"
        site.findings.add("TT404", message, placed.at("code"))
        return None
    return tree


def _lock(site: Site, placed: Placed, code: Code) -> Lock | None:
    if code.lock is None:
        return None
    lock = site.sources.locks.get(code.lock)
    if lock is None:
        message = f"there is no file `{code.lock}` beside the spec"
        site.findings.add("TT403", message, placed.at("code", "lock"))
    return lock
