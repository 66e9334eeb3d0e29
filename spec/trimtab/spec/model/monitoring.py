"""The `monitoring` section: what is watched, and who hears of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Accept
from trimtab.spec.model.values import Duration, Name, Percent, Uri
from trimtab.spec.model.workload import Schedule

_HOURLY = Schedule.model_construct(every=3600)


class Drift(Model):
    """Whether what an endpoint is asked still looks like what its model learnt from."""

    of: Name = Field(
        description="The endpoint; it must capture its requests, or be a batch.", examples=["scorer"]
    )
    against: Name = Field(description="The training whose data is the reference.", examples=["classifier"])
    schedule: Schedule = Field(_HOURLY, description="How often it is checked.", examples=[{"every": "1h"}])
    accept: Accept = Field(description="What must hold.", examples=[{"psi": {"max": 0.2}}], min_length=1)


class Quality(Model):
    """Whether the answers were right, once the truth is known."""

    of: Name = Field(
        description="The endpoint; it must capture its requests, or be a batch.", examples=["scorer"]
    )
    labels: Name = Field(description="The dataset that holds the truth.", examples=["outcomes"])
    join: str = Field(description="The column that answers and truth share.", examples=["txId"], min_length=1)
    delay: Duration = Field(0, description="How long the truth takes to arrive.", examples=["45d"])
    schedule: Schedule = Field(
        Schedule.model_construct(every=86400),
        description="How often it is checked.",
        examples=[{"every": "1d"}],
    )
    accept: Accept = Field(description="What must hold.", examples=[{"auc": {"min": 0.9}}], min_length=1)


class PagerDuty(Model):
    """PagerDuty."""

    secret: Name = Field(description="The secret with its integration key.", examples=["pager"])


class Slack(Model):
    """Slack."""

    channel: str = Field(description="The channel.", examples=["#risk-ml"], min_length=1)
    secret: Name = Field(description="The secret with its webhook address.", examples=["slack"])


class Webhook(Model):
    """An address of one's own."""

    secret: Name = Field(description="The secret with its address.", examples=["hook"])


Topic = Literal["slo", "drift", "quality", "runs", "data", "budget", "hardware"]


class Email(Model):
    """Mail."""

    to: List[str] = Field(description="To whom.", examples=[["risk-ml@example.com"]], min_length=1)
    secret: Name = Field(description="The secret with the mail server's address.", examples=["smtp"])


class Alert(OneOf):
    """Who hears of it, and of what."""

    variants: ClassVar[tuple[str, ...]] = ("pagerduty", "slack", "email", "webhook")

    pagerduty: Maybe[PagerDuty] = Field(None, description="PagerDuty.", examples=[{"secret": "pager"}])
    slack: Maybe[Slack] = Field(
        None, description="Slack.", examples=[{"channel": "#risk-ml", "secret": "slack"}]
    )
    email: Maybe[Email] = Field(
        None, description="Mail.", examples=[{"to": ["risk-ml@example.com"], "secret": "smtp"}]
    )
    webhook: Maybe[Webhook] = Field(
        None, description="An address of one's own.", examples=[{"secret": "hook"}]
    )
    about: List[Topic] = Field(
        (), description="Of what; of everything when left out.", examples=[["slo", "drift"]]
    )


class Grafana(Model):
    """Grafana."""

    folder: Maybe[str] = Field(
        None, description="The folder; the system's name when left out.", examples=["risk"]
    )


class Dashboards(OneOf):
    """What shows it."""

    variants: ClassVar[tuple[str, ...]] = ("grafana",)

    grafana: Maybe[Grafana] = Field(None, description="Grafana.", examples=[{}])


class Energy(Model):
    """How energy is measured."""

    meter: Literal["kepler", "dcgm"] = Field(description="What measures it.", examples=["kepler"])


class Metrics(Model):
    """Numbers of workloads and machines."""

    every: Duration = Field(30, description="How often they are read.", examples=["30s"])
    gpu: Maybe[Literal["dcgm"]] = Field(
        None, description="What reads the GPUs' own numbers.", examples=["dcgm"]
    )
    keep: Maybe[Duration] = Field(None, description="How long they are kept.", examples=["90d"])


class Otlp(Model):
    """A receiver that speaks OTLP."""

    endpoint: Uri = Field(description="Its address.", examples=["https://otel.example.com:4317"])
    secret: Maybe[Name] = Field(None, description="The secret that opens it.", examples=["otel"])
    sample: Percent = Field(1.0, description="The share that is sent.", examples=["10%"])


class Export(Model):
    """Where what is observed goes."""

    logs: Maybe[Otlp] = Field(
        None, description="Logs.", examples=[{"endpoint": "https://otel.example.com:4317"}]
    )
    traces: Maybe[Otlp] = Field(
        None,
        description="Traces of requests.",
        examples=[{"endpoint": "https://otel.example.com:4317", "sample": "1%"}],
    )
    metrics: Maybe[Otlp] = Field(
        None, description="Numbers.", examples=[{"endpoint": "https://otel.example.com:4317"}]
    )


class Monitoring(Model):
    """What is watched, and who hears of it."""

    metrics: Maybe[Metrics] = Field(
        None, description="Numbers of workloads and machines.", examples=[{"gpu": "dcgm"}]
    )
    drift: Map[Name, Drift] = Field(
        {},
        description="Whether requests still look like the training's data.",
        examples=[{"inputs": {"of": "scorer", "against": "classifier", "accept": {"psi": {"max": 0.2}}}}],
    )
    quality: Map[Name, Quality] = Field(
        {},
        description="Whether answers were right.",
        examples=[
            {
                "chargebacks": {
                    "of": "scorer",
                    "labels": "outcomes",
                    "join": "txId",
                    "accept": {"auc": {"min": 0.9}},
                }
            }
        ],
    )
    alerts: Map[Name, Alert] = Field(
        {},
        description="Who hears of what: `page` wakes somebody up, `ticket` waits for the morning.",
        examples=[{"page": {"pagerduty": {"secret": "pager"}}}],
    )
    dashboards: Maybe[Dashboards] = Field(None, description="What shows it.", examples=[{"grafana": {}}])
    energy: Maybe[Energy] = Field(None, description="How energy is measured.", examples=[{"meter": "kepler"}])
    export: Maybe[Export] = Field(
        None,
        description="Where logs, traces and numbers go.",
        examples=[{"logs": {"endpoint": "https://otel.example.com:4317"}}],
    )
