"""What users of an endpoint may count on."""

from __future__ import annotations

from pydantic import Field

from trimtab.spec.model.base import Maybe, Model
from trimtab.spec.model.values import Duration, Latency, Percent


class Percentiles(Model):
    """Latencies that a share of the answers must keep."""

    p50: Maybe[Latency] = Field(None, description="Of half of the answers.", examples=["20ms"])
    p90: Maybe[Latency] = Field(None, description="Of 90% of the answers.", examples=["40ms"])
    p95: Maybe[Latency] = Field(None, description="Of 95% of the answers.", examples=["800ms"])
    p99: Maybe[Latency] = Field(None, description="Of 99% of the answers.", examples=["50ms"])
    p999: Maybe[Latency] = Field(None, description="Of 99.9% of the answers.", examples=["250ms"])


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
