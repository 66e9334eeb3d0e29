"""The `deployment` section: how models reach those who use them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Maybe, Model, OneOf, Shorthand
from trimtab.spec.model.training import Approve, Parallelism
from trimtab.spec.model.values import (
    Duration,
    Host,
    HttpsUrl,
    Latency,
    Name,
    Natural,
    Percent,
    Positive,
)
from trimtab.spec.model.workload import Schedule, Workload


class TorchServer(Model):
    """The server that Trimtab brings: TorchScript and exported programs over the Open Inference Protocol."""


class VllmServer(Model):
    """vLLM, for language models."""

    max_model_length: Maybe[Positive] = Field(None, description="Tokens of context at most.", examples=[8192])
    version: Maybe[str] = Field(None, description="Its version.", examples=["0.11.0"], min_length=1)


class TritonServer(Model):
    """NVIDIA Triton."""

    version: Maybe[str] = Field(None, description="Its version.", examples=["25.10"], min_length=1)


class CustomServer(Model):
    """A server of one's own: the endpoint's `image` and `command`."""

    port: int = Field(8080, description="Where it listens.", examples=[8080], ge=1, le=65535)
    protocol: Literal["openInference", "openai", "http", "grpc"] = Field(
        "http", description="What it speaks.", examples=["http"]
    )
    ready: str = Field(
        "/ready", description="The path that answers 200 once it is ready.", examples=["/healthz"]
    )


class Server(OneOf):
    """What serves the model."""

    variants: ClassVar[tuple[str, ...]] = ("torch", "vllm", "triton", "custom")

    torch: Maybe[TorchServer] = Field(None, description="The server that Trimtab brings.", examples=[{}])
    vllm: Maybe[VllmServer] = Field(None, description="vLLM, for language models.", examples=[{}])
    triton: Maybe[TritonServer] = Field(None, description="NVIDIA Triton.", examples=[{}])
    custom: Maybe[CustomServer] = Field(
        None, description="A server of one's own: the endpoint's image.", examples=[{"port": 8080}]
    )


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

    short_types: ClassVar[tuple[type, ...]] = (int,)
    short_key: ClassVar[str] = "max"
    short_form: ClassVar[str] = "a number, or {min, max, target}"

    min: Natural = Field(1, description="At least; 0 sleeps when nobody asks.", examples=[2])
    max: Natural = Field(1, description="At most; `min`, when left out.", examples=[20])
    target: Maybe[Target] = Field(
        None, description="What decides between the two.", examples=[{"cpu": "70%"}]
    )

    @classmethod
    def expand(cls, tree: Any) -> Any:
        if isinstance(tree, int) and not isinstance(tree, bool):
            return {"min": tree, "max": tree}
        if isinstance(tree, dict) and "max" not in tree and type(least := tree.get("min")) is int:
            return {**tree, "max": max(1, least)}
        return tree


class Percentiles(Model):
    """Latencies that a share of the answers must keep."""

    p50: Maybe[Latency] = Field(None, description="Half of the answers.", examples=["20ms"])
    p90: Maybe[Latency] = Field(None, description="90% of the answers.", examples=["40ms"])
    p95: Maybe[Latency] = Field(None, description="95% of the answers.", examples=["800ms"])
    p99: Maybe[Latency] = Field(None, description="99% of the answers.", examples=["50ms"])
    p999: Maybe[Latency] = Field(None, description="99.9% of the answers.", examples=["250ms"])


class Slo(Model):
    """What users of the endpoint may count on."""

    latency: Maybe[Percentiles] = Field(
        None, description="Time to the whole answer.", examples=[{"p99": "50ms"}]
    )
    time_to_first_token: Maybe[Percentiles] = Field(
        None, description="Time to the first token.", examples=[{"p95": "800ms"}]
    )
    time_per_token: Maybe[Percentiles] = Field(
        None, description="Time between tokens.", examples=[{"p95": "40ms"}]
    )
    availability: Maybe[Percent] = Field(
        None, description="The share of requests that are answered well.", examples=["99.9%"]
    )
    window: Duration = Field(30 * 86400, description="Over which time it is counted.", examples=["30d"])


class Rollout(OneOf):
    """How a new model takes over; replica by replica when no way is named."""

    variants: ClassVar[tuple[str, ...]] = ("canary", "blue_green", "shadow")
    optional: ClassVar[bool] = True

    canary: Maybe[List[Percent]] = Field(
        None,
        description="Shares of the requests, step by step.",
        examples=[["5%", "25%", "100%"]],
        min_length=1,
    )
    blue_green: Maybe[Literal["switch"]] = Field(
        None, description="The new one is started whole, then all requests switch to it.", examples=["switch"]
    )
    shadow: Maybe[Percent] = Field(
        None,
        description="A share of the requests is sent to the new one too; its answers are not used.",
        examples=["10%"],
    )
    soak: Duration = Field(600, description="How long each step is watched.", examples=["10m"])
    rollback_on: List[Literal["slo", "errors", "drift"]] = Field(
        (), description="What sends all requests back to the old one.", examples=[["slo"]]
    )
    approve: Maybe[Approve] = Field(
        None, description="Who must say yes before it begins.", examples=[{"by": ["group:model-risk"]}]
    )


class Tls(OneOf):
    """Where the certificate comes from."""

    variants: ClassVar[tuple[str, ...]] = ("issuer", "secret")

    issuer: Maybe[str] = Field(
        None,
        description="An issuer; a name that only the cluster knows.",
        examples=["letsencrypt"],
        min_length=1,
    )
    secret: Maybe[Name] = Field(
        None, description="A secret of `security.secrets` that holds it.", examples=["cert"]
    )


class Oidc(Model):
    """Tokens of an OpenID Connect issuer."""

    issuer: HttpsUrl = Field(description="Who issues them.", examples=["https://login.example.com"])
    audiences: List[str] = Field((), description="For whom they are issued.", examples=[["scorer"]])


class ApiKey(Model):
    """Keys that callers send."""

    secret: Name = Field(description="The secret that holds them.", examples=["callers"])


class Anonymous(Model):
    """Nobody is asked who they are."""

    reason: str = Field(description="Why that is right here.", examples=["public demo"], min_length=3)


class Auth(OneOf):
    """How callers show who they are."""

    variants: ClassVar[tuple[str, ...]] = ("oidc", "api_key", "mtls", "none")

    oidc: Maybe[Oidc] = Field(None, description="Tokens of an issuer.")
    api_key: Maybe[ApiKey] = Field(None, description="Keys.", examples=[{"secret": "callers"}])
    mtls: Maybe[Literal["required"]] = Field(None, description="Certificates.", examples=["required"])
    none: Maybe[Anonymous] = Field(
        None, description="Not at all, with the reason.", examples=[{"reason": "public demo"}]
    )


class RateLimit(Model):
    """How much one caller may ask."""

    requests_per_second: Maybe[float] = Field(None, description="Requests per second.", examples=[50], gt=0)
    tokens_per_minute: Maybe[Positive] = Field(None, description="Tokens per minute.", examples=[100000])
    burst: Maybe[Positive] = Field(None, description="How many at once.", examples=[100])


class Expose(Model):
    """How the endpoint is reached from outside."""

    host: Host = Field(description="Its host name.", examples=["scorer.example.com"])
    path: str = Field("/", description="The path below the host.", examples=["/v2"], pattern="^/")
    tls: Maybe[Tls] = Field(None, description="Its certificate.", examples=[{"issuer": "letsencrypt"}])
    auth: Maybe[Auth] = Field(None, description="How callers show who they are.")
    rate_limit: Maybe[RateLimit] = Field(
        None, description="How much one caller may ask.", examples=[{"requestsPerSecond": 50}]
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


class Deployment(Workload):
    """A model's way to its users."""

    model: Name = Field(description="The training (or base model) that feeds it.", examples=["classifier"])
    adapters: List[Name] = Field(
        (), description="Trainings that make adapters for it.", examples=[["support"]]
    )
    server: Maybe[Server] = Field(None, description="What serves it.", examples=[{"torch": {}}])
    batch: Maybe[Batch] = Field(None, description="It works through datasets instead of answering.")
    replicas: Replicas = Field(
        Replicas.model_construct(), description="How many copies serve.", examples=[2, {"min": 2, "max": 20}]
    )
    parallelism: Maybe[Parallelism] = Field(
        None, description="How one copy is spread over GPUs.", examples=[{"tensor": 8, "pipeline": 2}]
    )
    slo: Maybe[Slo] = Field(
        None, description="What its users may count on.", examples=[{"latency": {"p99": "50ms"}}]
    )
    rollout: Maybe[Rollout] = Field(None, description="How a new model takes over.")
    expose: Maybe[Expose] = Field(
        None, description="How it is reached from outside; not at all when left out."
    )
    capture: Maybe[Capture] = Field(
        None, description="Requests that are kept.", examples=[{"writes": ["predictions"]}]
    )
    drain: Duration = Field(
        30, description="How long a copy that is replaced may finish what it began.", examples=["30s"]
    )
