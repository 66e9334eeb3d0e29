"""The `compute` section: pools of machines, the queue that shares them, and what may be spent."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import CLUSTER, List, Map, Maybe, Model, OneOf, OneOrMany, Shorthand
from trimtab.spec.model.values import Cores, DnsLabel, Name, Natural, Positive, Size

Capacity = Literal["reserved", "spot", "onDemand"]


class Sharing(OneOf):
    """How one GPU is shared by several workloads."""

    variants: ClassVar[tuple[str, ...]] = ("mig", "time_slices", "mps")

    mig: Maybe[str] = Field(
        None, description="A MIG profile: a slice of its own.", examples=["1g.10gb"], pattern=r"^\d+g\.\d+gb$"
    )
    time_slices: Maybe[Positive] = Field(
        None, description="In turns, so many; nothing keeps their memory apart.", examples=[4]
    )
    mps: Maybe[Positive] = Field(None, description="At the same time, so many.", examples=[4])


class Accelerator(Model):
    """The GPUs of a pool."""

    type: OneOrMany[str] = Field(
        description="GPU products, the preferred first; any of them will do.",
        examples=[["H100", "H200"]],
        min_length=1,
    )
    per_node: Positive = Field(1, description="GPUs in each node.", examples=[8])
    sharing: Maybe[Sharing] = Field(
        None, description="How one GPU is shared; not at all when left out.", examples=[{"mig": "1g.10gb"}]
    )


class Node(Model):
    """What one node of the pool has to give."""

    cpu: Cores = Field(description="Cores.", examples=[16])
    memory: Size = Field(description="Memory.", examples=["64Gi"])
    storage: Maybe[Size] = Field(None, description="Scratch space on its own disk.", examples=["1Ti"])


class NodeRange(Shorthand):
    """How many nodes. A number alone is both bounds."""

    expands: ClassVar[str] = "both_bounds"
    short_type: ClassVar[type] = int
    short_key: ClassVar[str] = "max"
    short_form: ClassVar[str] = "a number, or {min, max}"

    min: Natural = Field(0, description="At least.", examples=[0])
    max: Maybe[Natural] = Field(None, description="At most; no bound of ours when left out.", examples=[4])


class Cloud(Model):
    """A cloud, and where in it."""

    region: Maybe[str] = Field(None, description="The region.", examples=["eu-central-1"], min_length=1)
    zones: List[str] = Field((), description="The zones; any when left out.", examples=[["eu-central-1a"]])
    machines: List[str] = Field(
        (),
        description="Machine types, the preferred first; by need when left out.",
        examples=[["p5.48xlarge"]],
    )
    service: Literal["kubernetes", "managed"] = Field(
        "kubernetes",
        description="Whether runs go to a cluster or to the cloud's own training service "
        "(SageMaker, Vertex AI, Azure ML).",
        examples=["managed"],
    )
    identity: Maybe[Name] = Field(
        None, description="The identity that the managed service runs with.", examples=["trainer"]
    )


class OnPremise(Model):
    """Machines of one's own."""

    site: Maybe[str] = Field(None, description="Where they stand.", examples=["munich"], min_length=1)


class Provider(Model):
    """Who provides the machines. One pool may stand in several clouds, each with machines of its own."""

    aws: Maybe[Cloud] = Field(None, description="Amazon Web Services.", examples=[{"region": "eu-central-1"}])
    gcp: Maybe[Cloud] = Field(None, description="Google Cloud.", examples=[{"region": "europe-west4"}])
    azure: Maybe[Cloud] = Field(None, description="Microsoft Azure.", examples=[{"region": "westeurope"}])
    on_premise: Maybe[OnPremise] = Field(
        None, description="Machines of one's own.", examples=[{"site": "munich"}]
    )


class Pool(Model):
    """Machines of one shape."""

    accelerator: Maybe[Accelerator] = Field(
        None, description="Its GPUs; none when left out.", examples=[{"type": "H100", "perNode": 8}]
    )
    node: Maybe[Node] = Field(
        None, description="What one node has to give.", examples=[{"cpu": 16, "memory": "64Gi"}]
    )
    nodes: NodeRange = Field(
        NodeRange.model_construct(), description="How many nodes.", examples=[{"min": 0, "max": 4}]
    )
    capacity: List[Capacity] = Field(
        ("onDemand",),
        description="How machines are bought: a ladder, tried in order.",
        examples=[["reserved", "spot", "onDemand"]],
        min_length=1,
    )
    max_price: Maybe[float] = Field(
        None,
        description="The most that one GPU (or a node without) may cost per hour, in the budget's currency.",
        examples=[4.5],
        gt=0,
        json_schema_extra={"unit": "currency per hour"},
    )
    provider: Maybe[Provider] = Field(
        None,
        description="Who provides them, in each cloud that has them; the cluster's own when left out.",
        examples=[{"aws": {"region": "us-east-1"}}, {"aws": {"machines": ["g6.xlarge"]}, "gcp": {}}],
    )
    interconnect: Maybe[Literal["ethernet", "infiniband", "roce", "efa", "nvlink"]] = Field(
        None, description="The network between nodes that a workload needs.", examples=["infiniband"]
    )
    topology: Maybe[Literal["host", "rack", "block", "zone", "region"]] = Field(
        None, description="Nodes of one workload stand together within one of these.", examples=["rack"]
    )
    confidential: Maybe[Literal["snp", "tdx"]] = Field(
        None, description="Machines whose memory is closed even to their operator.", examples=["snp"]
    )


class Queue(Model):
    """The queue that shares the machines."""

    name: DnsLabel = Field(
        description="The queue; a name that only the cluster knows.",
        examples=["risk"],
        json_schema_extra=CLUSTER,
    )
    quota: Map[str, Natural] = Field(
        {}, description="How many GPUs of each product it may hold.", examples=[{"H100": 32}]
    )
    borrow: Map[str, Natural] = Field(
        {}, description="How many more it may borrow while others leave them idle.", examples=[{"H100": 16}]
    )


class Priority(Model):
    """Who goes first."""

    value: int = Field(description="The higher, the sooner.", examples=[1000], ge=-(10**9), le=10**9)
    preempts: Literal["never", "lower"] = Field(
        "never", description="Whether it may take machines from runs of lower priority.", examples=["lower"]
    )


class Budget(Model):
    """What may be spent."""

    currency: Literal["USD", "EUR", "GBP", "CHF", "JPY"] = Field(
        "USD", description="The currency of every price in this spec.", examples=["USD"]
    )
    per_run: Maybe[float] = Field(None, description="The most that one run may cost.", examples=[1000], gt=0)
    per_month: Maybe[float] = Field(
        None, description="The most that a month may cost.", examples=[12000], gt=0
    )


class Placement(Model):
    """Where work goes when several places would do."""

    goal: Literal["cheapest", "greenest", "soonest", "nearest"] = Field(
        "cheapest", description="What to prefer.", examples=["greenest"]
    )
    regions: List[str] = Field(
        (), description="The only regions allowed; any when left out.", examples=[["eu-central-1"]]
    )


class Compute(Model):
    """The machines, who shares them, and what may be spent."""

    pools: Map[Name, Pool] = Field(
        {}, description="Machines by a name.", examples=[{"cpu": {"node": {"cpu": 16, "memory": "64Gi"}}}]
    )
    queue: Maybe[Queue] = Field(None, description="The queue that shares them.", examples=[{"name": "risk"}])
    priorities: Map[Name, Priority] = Field(
        {}, description="Who goes first, by a name.", examples=[{"production": {"value": 1000}}]
    )
    budget: Maybe[Budget] = Field(None, description="What may be spent.", examples=[{"perRun": 1000}])
    placement: Maybe[Placement] = Field(
        None, description="Where work goes when several places would do.", examples=[{"goal": "greenest"}]
    )
