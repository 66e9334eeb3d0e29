"""What a section wants, before any dialect says how: programs, mounts, jobs, servers.

Plain values. They know paths of the spec and of a workload, and nothing of an API group. A field typed `Any` holds a
value that may be marked with its spec line (`tree.at`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.compiler.bundle import Late
from trimtab.spec.positions import SpecPath

ROOT = "/trimtab"
HERE = "$(TRIMTAB_ROOT)"
"""The root as a variable's value says it: an engine may move the root."""

Text = str | Late


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory of a claim, at `path` below the root."""

    path: str
    claim: str
    directory: Text
    at: SpecPath
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """A ConfigMap's entries as files, at `path` below the root."""

    path: str
    config: str
    at: SpecPath


@dataclass(frozen=True, slots=True)
class SecretFile:
    """One entry of a Secret as a file, `secrets/<secret>/<key>` below the root."""

    secret: str
    key: str
    at: SpecPath

    @property
    def path(self) -> str:
        return f"secrets/{self.secret}"


@dataclass(frozen=True, slots=True)
class Program:
    """What a container runs. `lock` names the ConfigMap with the lock that this machine makes the image from."""

    image: Any
    command: Any
    env: tuple[Any, ...] = ()
    secrets: tuple[SecretFile, ...] = ()
    code: Files | None = None
    lock: Any = None


@dataclass(frozen=True, slots=True)
class Gpus:
    """GPUs of each node; labels of the products that will do, a group each, the preferred first."""

    count: Any
    products: tuple[tuple[str, ...], ...]
    at: SpecPath


@dataclass(frozen=True, slots=True)
class Shares:
    """What a Pod asks of its node: quantities by resource name, and GPUs of certain products."""

    amounts: Mapping[str, Any] = field(default_factory=dict)
    shared_memory: Any = None
    gpus: Gpus | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What any Pod of ours is made of."""

    program: Program
    variables: Mapping[str, Any]
    mounts: tuple[Mount, ...]
    shares: Shares
    files: tuple[Files, ...] = ()


@dataclass(frozen=True, slots=True)
class Gang:
    """Pods that work as one: so many nodes, each with so many processes, and who brings them together."""

    nodes: Any
    processes: int
    torchrun: bool
    at: SpecPath


@dataclass(frozen=True, slots=True)
class JobIntent:
    """A workload that ends. `run` is the run's name; `grace` how long it may save its state when asked to stop."""

    run: str
    component: str
    at: SpecPath
    work: Work
    retries: Any
    deadline: Any = None
    gang: Gang | None = None
    grace: Any = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How many replicas: one number, or bounds and the share of CPU that an autoscaler holds."""

    minimum: Any
    maximum: Any
    cpu_percent: Any
    at: SpecPath


@dataclass(frozen=True, slots=True)
class ServerIntent:
    """An endpoint: replicas behind one address."""

    name: str
    at: SpecPath
    work: Work
    scale: Scale
    drain: Any
