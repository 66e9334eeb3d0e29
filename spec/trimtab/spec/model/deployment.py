"""The `deployment` section: how models reach those who use them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trimtab.spec.model.base import List, Maybe, Model, OneOf, Shorthand
from trimtab.spec.model.exposure import Expose
from trimtab.spec.model.objectives import Slo
from trimtab.spec.model.parallelism import Parallelism
from trimtab.spec.model.rollout import Rollout
from trimtab.spec.model.servers import Server
from trimtab.spec.model.values import Duration, Name, Natural, Percent, Positive
from trimtab.spec.model.workload import Schedule, Workload


class Target(OneOf):
    """What autoscaling holds steady."""

    variants: ClassVar[tuple[str, ...]] = (
        "cpu", "gpu", "requests_per_second", "concurrency", "queue_length", "metric",
    )  # fmt: skip
    beside: ClassVar = {"value": "metric"}

    cpu: Maybe[Percent] = Field(None, description="Use of the CPU that was asked for.", examples=["70%"])
    gpu: Maybe[Percent] = Field(None, description="Use of the GPU.", examples=["80%"])
    requests_per_second: Maybe[float] = Field(
        None, description="Requests per second and replica.", examples=[200], gt=0
    )
    concurrency: Maybe[Positive] = Field(None, description="Requests in flight per replica.", examples=[16])
    queue_length: Maybe[Positive] = Field(None, description="Requests that wait, per replica.", examples=[8])
    metric: Maybe[str] = Field(None, description="A metric of one's own.", examples=["tokens_per_second"])
    value: Maybe[float] = Field(None, description="The value of `metric` per replica.", examples=[500], gt=0)


class Replicas(Shorthand):
    """How many copies serve. A number alone is both bounds, 0 switches the endpoint off."""

    expands: ClassVar[str] = "replicas"
    short_type: ClassVar[type] = int
    short_key: ClassVar[str] = "max"
    short_form: ClassVar[str] = "a number, or {min, max, target}"

    min: Natural = Field(1, description="At least; 0 sleeps when nobody asks.", examples=[2])
    max: Natural = Field(1, description="At most; `min`, when left out.", examples=[20])
    cooldown: Duration = Field(
        600, description="How long it must be quiet before there are fewer.", examples=["10m"]
    )
    target: Maybe[Target] = Field(
        None, description="What decides between the two.", examples=[{"cpu": "70%"}]
    )


class Capture(Model):
    """Requests and answers that are kept, for drift, quality and the next training."""

    writes: List[Name] = Field(
        description="The dataset they go to.", examples=[["predictions"]], min_length=1, max_length=1
    )
    sample: Percent = Field(1.0, description="The share that is kept.", examples=["10%"])


class Batch(Model):
    """A model that works through datasets instead of answering."""

    reads: List[Name] = Field(description="What it scores.", examples=[["customers"]], min_length=1)
    writes: List[Name] = Field(description="Where the scores go.", examples=[["scores"]], min_length=1)
    schedule: Maybe[Schedule] = Field(None, description="When.", examples=[{"after": "buildFeatures"}])
    shards: Positive = Field(1, description="Parts that are worked on at a time.", examples=[16])


class Stream(Model):
    """A model that answers each message of a stream."""

    reads: List[Name] = Field(
        description="The dataset whose topic it follows.", examples=[["payments"]], min_length=1
    )
    writes: List[Name] = Field(
        description="The dataset whose topic gets the answers.", examples=[["alerts"]], min_length=1
    )
    group: Maybe[str] = Field(
        None,
        description="The consumer group; the endpoint's name when left out.",
        examples=["scorer"],
        min_length=1,
    )


class Spread(Model):
    """Over how many places the copies are spread, so that one may fail."""

    zones: Maybe[Positive] = Field(None, description="Zones at least.", examples=[3])
    hosts: Maybe[Positive] = Field(None, description="Hosts at least.", examples=[2])


class Deployment(Workload):
    """A model's way to its users."""

    model: Name = Field(description="The training (or base model) that feeds it.", examples=["classifier"])
    adapters: List[Name] = Field(
        (), description="Trainings that make adapters for it.", examples=[["support"]]
    )
    server: Maybe[Server] = Field(None, description="What serves it.", examples=[{"torch": {}}])
    batch: Maybe[Batch] = Field(
        None,
        description="It works through datasets instead of answering.",
        examples=[{"reads": ["customers"], "writes": ["scores"]}],
    )
    stream: Maybe[Stream] = Field(
        None,
        description="It answers each message of a stream.",
        examples=[{"reads": ["payments"], "writes": ["alerts"]}],
    )
    replicas: Replicas = Field(
        Replicas.model_construct(), description="How many copies serve.", examples=[2, {"min": 2, "max": 20}]
    )
    parallelism: Maybe[Parallelism] = Field(
        None, description="How one copy is spread over GPUs.", examples=[{"tensor": 8, "pipeline": 2}]
    )
    slo: Maybe[Slo] = Field(
        None, description="What its users may count on.", examples=[{"latency": {"p99": "50ms"}}]
    )
    rollout: Maybe[Rollout] = Field(
        None,
        description="How a new model takes over; replica by replica when left out.",
        examples=[{"canary": ["5%", "25%", "100%"], "soak": "10m", "rollbackOn": ["slo"]}],
    )
    expose: Maybe[Expose] = Field(
        None,
        description="How it is reached from outside; not at all when left out.",
        examples=[{"host": "scorer.example.com", "tls": {"issuer": "letsencrypt"}}],
    )
    capture: Maybe[Capture] = Field(
        None, description="Requests that are kept.", examples=[{"writes": ["predictions"]}]
    )
    spread: Maybe[Spread] = Field(
        None, description="Over how many places copies are spread.", examples=[{"zones": 3}]
    )
    drain: Duration = Field(
        30, description="How long a copy that is replaced may finish what it began.", examples=["30s"]
    )
