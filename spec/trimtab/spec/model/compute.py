"""The `compute` section: pools of machines, the queue that shares them, and what may be spent."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOrMany, Shorthand
from trimtab.spec.model.values import Cores, DnsLabel, Name, Natural, Positive, Size

Capacity = Literal["reserved", "spot", "onDemand"]


class Accelerator(Model):
    """The GPUs of a pool."""

    type: OneOrMany[str] = Field(
        description="GPU products, the preferred first; any of them will do.",
        examples=[["H100", "H200"]],
        min_length=1,
    )
    per_node: Positive = Field(1, description="GPUs in each node.", examples=[8])


class Node(Model):
    """What one node of the pool has to give."""

    cpu: Cores = Field(description="Cores.", examples=[16])
    memory: Size = Field(description="Memory.", examples=["64Gi"])


class NodeRange(Shorthand):
    """How many nodes. A number alone is both bounds."""

    short_types: ClassVar[tuple[type, ...]] = (int,)
    short_key: ClassVar[str] = "max"
    short_form: ClassVar[str] = "a number, or {min, max}"

    min: Natural = Field(0, description="At least.", examples=[0])
    max: Maybe[Positive] = Field(None, description="At most; no bound of ours when left out.", examples=[4])

    @classmethod
    def expand(cls, tree: Any) -> Any:
        short = isinstance(tree, int) and not isinstance(tree, bool)
        return {"min": tree, "max": tree} if short else tree


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
    )


class Queue(Model):
    """The queue that shares the machines."""

    name: DnsLabel = Field(description="The queue; a name that only the cluster knows.", examples=["risk"])
    quota: Map[str, Natural] = Field(
        {}, description="How many GPUs of each product it may hold.", examples=[{"H100": 32}]
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


class Compute(Model):
    """The machines, who shares them, and what may be spent."""

    pools: Map[Name, Pool] = Field(
        {}, description="Machines by a name.", examples=[{"cpu": {"node": {"cpu": 16, "memory": "64Gi"}}}]
    )
    queue: Maybe[Queue] = Field(None, description="The queue that shares them.", examples=[{"name": "risk"}])
    budget: Maybe[Budget] = Field(None, description="What may be spent.", examples=[{"perRun": 1000}])
