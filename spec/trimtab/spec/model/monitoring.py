"""The `monitoring` section: what is watched, and who hears of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import Map, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Accept
from trimtab.spec.model.values import Duration, Name
from trimtab.spec.model.workload import Schedule

_HOURLY = Schedule.model_construct(every=3600)


class Drift(Model):
    """Whether what an endpoint is asked still looks like what its model learnt from."""

    of: Name = Field(description="The endpoint; it must capture its requests.", examples=["scorer"])
    against: Name = Field(description="The training whose data is the reference.", examples=["classifier"])
    schedule: Schedule = Field(_HOURLY, description="How often it is checked.", examples=[{"every": "1h"}])
    accept: Accept = Field(description="What must hold.", examples=[{"psi": {"max": 0.2}}], min_length=1)


class Quality(Model):
    """Whether the answers were right, once the truth is known."""

    of: Name = Field(description="The endpoint; it must capture its requests.", examples=["scorer"])
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
    secret: Name = Field(description="The secret with its integration key.", examples=["pager"])


class Slack(Model):
    channel: str = Field(description="The channel.", examples=["#risk-ml"], min_length=1)
    secret: Name = Field(description="The secret with its webhook address.", examples=["slack"])


class Webhook(Model):
    secret: Name = Field(description="The secret with its address.", examples=["hook"])


class Alert(OneOf):
    """Who hears of it."""

    variants: ClassVar[tuple[str, ...]] = ("pagerduty", "slack", "webhook")

    pagerduty: Maybe[PagerDuty] = Field(None, description="PagerDuty.", examples=[{"secret": "pager"}])
    slack: Maybe[Slack] = Field(
        None, description="Slack.", examples=[{"channel": "#risk-ml", "secret": "slack"}]
    )
    webhook: Maybe[Webhook] = Field(
        None, description="An address of one's own.", examples=[{"secret": "hook"}]
    )


class Grafana(Model):
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


class Monitoring(Model):
    """What is watched, and who hears of it."""

    drift: Map[Name, Drift] = Field({}, description="Whether requests still look like the training's data.")
    quality: Map[Name, Quality] = Field({}, description="Whether answers were right.")
    alerts: Map[Name, Alert] = Field(
        {},
        description="Who hears of what: `page` wakes somebody up, `ticket` waits for the morning.",
        examples=[{"page": {"pagerduty": {"secret": "pager"}}}],
    )
    dashboards: Maybe[Dashboards] = Field(None, description="What shows it.", examples=[{"grafana": {}}])
    energy: Maybe[Energy] = Field(None, description="How energy is measured.", examples=[{"meter": "kepler"}])
