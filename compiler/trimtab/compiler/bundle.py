"""What a spec means: the immutable values that `compile_system` returns and `plan` consumes.

Nothing here reads a spec or writes a manifest. A manifest's tree holds plain JSON values, save for `Late` leaves:
the few texts that only the ledger can fill (a run's name and key, what it reads, the model an endpoint serves).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from trimtab.spec.positions import SpecPath

FieldPath = tuple[str | int, ...]
Json = dict[str, Any] | list[Any] | str | int | float | bool | None


class Ref(NamedTuple):
    """Names one object of a cluster. `namespace` is empty for cluster-scoped kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def is_namespace(self) -> bool:
        """Kubernetes' own: others have kinds of that name too."""
        return self[:2] == ("v1", "Namespace")


class SlotKind(StrEnum):
    """What `plan` fills in. The value of each is a text."""

    RUN_NAME = "run.name"  # <run>-<10 hex of the key>: name of the ledger's record and of headless Services
    RUN_KEY = "run.key"  # v1:<64 hex>
    RUN_DIRECTORY = "run.directory"  # runs/<run>/<24 hex of the key>, below the artifact store's path
    WORKLOAD = "run.workload"  # <run.name>-<attempt>: the Job's own name
    KEY_SEGMENT = "run.segment"  # 24 hex of the key: the last segment of directories that this run writes
    INPUT = "input"  # name: a dataset. The directory of its frozen version, below its store's root
    MODEL = "model"  # name: a training. The directory of the model's run (RUN_DIRECTORY of that run)
    MODEL_DIGEST = "model.digest"  # name: a training. The artifact's recorded digest
    MODEL_KEY = "model.key"  # name: a training. That run's key


class Slot(NamedTuple):
    kind: SlotKind
    name: str = ""

    def __str__(self) -> str:
        return f"<{self.kind}:{self.name}>" if self.name else f"<{self.kind}>"


@dataclass(frozen=True, slots=True)
class Late:
    """A text with slots: `Late(("models/", Slot(SlotKind.RUN_DIRECTORY)))`."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(p for p in self.parts if isinstance(p, Slot))

    def __str__(self) -> str:
        return "".join(str(p) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody else who writes a field, and the spec line that says so."""

    name: str  # "HorizontalPodAutoscaler/scorer"
    at: SpecPath


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object. `body` may hold `Late` leaves; `provenance` gives a spec path for every field by its nearest ancestor."""

    ref: Ref
    body: Mapping[str, Any]
    provenance: Mapping[FieldPath, SpecPath]
    owners: Mapping[FieldPath, Owner]

    @property
    def node(self) -> str:
        return str(self.ref)

    def origin(self, field: FieldPath) -> SpecPath:
        while field not in self.provenance and field:
            field = field[:-1]
        return self.provenance[field]


class Fact(StrEnum):
    RECONCILED = "reconciled"
    READY = "ready"
    FINISHED = "finished"
    ACCEPTED = "accepted"


class Edge(NamedTuple):
    """`node` waits until `after` is `fact`. Nodes are `Kind/name` of a manifest, or `run:<name>`."""

    node: str
    after: str
    fact: Fact


class RunKind(StrEnum):
    PIPELINE = "pipeline"
    CONTRACT = "contract"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of `accept`: a metric with bounds. `text` reads `accuracy >= 0.95`; `digest` names it in verdicts."""

    metric: str
    minimum: float | None
    maximum: float | None
    at: SpecPath
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule: each `seconds` from the epoch is an occurrence."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Write:
    """A dataset that a run writes: the claim and the directory in which `<directory>/<KEY_SEGMENT>` is made."""

    dataset: str
    claim: str
    directory: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run to be. Its key is a digest of `recipe` and of the inputs that `plan` freezes when it opens."""

    kind: RunKind
    name: str  # DNS label, unique in the bundle: classifier, build-features, classifier-on-held-out
    at: SpecPath
    recipe: Mapping[str, Any]
    recipe_digest: str  # sha256:<hex> of the canonical JSON of recipe
    exec_digest: str
    reads: tuple[str, ...]  # datasets
    model: (
        str | None
    )  # name of the training run whose accepted-or-candidate model it reads (evaluations, drift)
    writes: tuple[Write, ...]
    accept: tuple[Rule, ...]
    workload: tuple[Manifest, ...]  # the Job last, after what it needs (a headless Service)
    lookup: Manifest  # a small Job that reads the record beside the artifact
    retries: int
    attempt: int
    """A terminal failure is tried again up to this attempt: the spec's own `attempt:`, else 1."""
    schedule: Every | None
    title: str  # for people: "training classifier", "evaluation onHeldOut of classifier"

    @property
    def node(self) -> str:
        return f"run:{self.name}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model's way to its users: which training feeds it, and the manifests that carry its slots."""

    name: str
    training: str  # name of the training's Run
    at: SpecPath
    deployment: Ref
    service: Ref


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """Where a dataset's versions lie. `pinned` is the version's directory name where the spec pins one."""

    name: str
    claim: str
    directory: str
    writer: str | None  # name of the pipeline Run that writes it
    contract: str | None  # name of the contract Run that must accept a version before anything reads it
    pinned: str | None
    at: SpecPath


@dataclass(frozen=True)
class Bundle:
    """All that one spec means in one environment, in apply order."""

    system: str
    environment: str
    namespace: str
    manifests: tuple[Manifest, ...]
    runs: tuple[Run, ...]
    datasets: tuple[DatasetInfo, ...]
    endpoints: tuple[Endpoint, ...]
    edges: tuple[Edge, ...]
    spec: Mapping[str, Any]  # the resolved spec, mirrored in the MLSystem object
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the cluster: `<apiVersion>/<Kind>` -> the fields that its definition never lets change."""

    @cached_property
    def by_node(self) -> Mapping[str, Manifest]:
        return {manifest.node: manifest for manifest in self.manifests}

    @cached_property
    def refs(self) -> frozenset[Ref]:
        """Of all manifests."""
        return frozenset(manifest.ref for manifest in self.manifests)

    def edges_of_nodes(self) -> Mapping[str, Sequence[Edge]]:
        """What each node waits for; a node that waits for nothing is not among them."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.node, []).append(edge)
        return found
