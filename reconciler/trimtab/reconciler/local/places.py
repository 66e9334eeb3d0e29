"""Where things lie: the files of one state directory, and the short path of its socket."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from trimtab.reconciler.cluster import ClusterUnavailable


class Places(NamedTuple):
    """`state` is `.trimtab/<environment>`, resolved."""

    state: Path

    @classmethod
    def of(cls, state_directory: Path) -> Places:
        return cls(state_directory.expanduser().resolve())

    @property
    def database(self) -> Path:
        return self.state / "engine.db"

    @property
    def lock(self) -> Path:
        return self.state / "host.lock"

    @property
    def host(self) -> Path:
        return self.state / "host.json"

    @property
    def log(self) -> Path:
        return self.state / "host.log"

    @property
    def leases(self) -> Path:
        return self.state / "leases"

    @property
    def pods(self) -> Path:
        return self.state / "pods"

    @property
    def services(self) -> Path:
        return self.state / "services"

    @property
    def logs(self) -> Path:
        """Logs of Pods that are gone."""
        return self.state / "logs"

    @property
    def notices(self) -> Path:
        """The pipe in which shims say that something changed."""
        return self.state / "notices"

    @property
    def secrets(self) -> Path:
        return self.state.with_name(f"{self.state.name}.secrets.json")

    def volume(self, namespace: str, claim: str) -> Path:
        return self.state / "volumes" / namespace / claim

    def artifacts(self, namespace: str, system: str) -> Path:
        """Shared by environments: what a run made outlives each of them."""
        return self.state.with_name("artifacts") / namespace / system

    def socket(self) -> Path:
        """Socket paths end at about 100 bytes, so this one lies elsewhere: in a directory that is ours alone."""
        name = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        return _private_directory() / f"{name}.sock"


def _private_directory() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) / "trimtab" if runtime and Path(runtime).is_dir() else None
    directory = base or Path(tempfile.gettempdir()) / f"trimtab-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ClusterUnavailable(
            f"{directory} must be a directory of yours with mode 0700: remove it and try again"
        )
    return directory
