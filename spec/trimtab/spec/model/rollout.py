"""How a new model takes over, step by step and with a way back."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.approval import Approve
from trimtab.spec.model.base import List, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Accept
from trimtab.spec.model.values import Duration, Name, Percent, Positive


class Smoke(Model):
    """Requests that are sent before anybody else's."""

    reads: List[Name] = Field(
        description="The dataset that holds them.", examples=[["heldOut"]], min_length=1, max_length=1
    )
    requests: Positive = Field(100, description="How many of them.", examples=[100])
    accept: Accept = Field(
        {},
        description="What must hold; that each is answered, when left out.",
        examples=[{"errorRate": {"max": 0}}],
    )


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
    smoke: Maybe[Smoke] = Field(
        None,
        description="What the new one must answer well before it gets any request.",
        examples=[{"reads": ["heldOut"], "accept": {"errorRate": {"max": 0}}}],
    )
    approve: Maybe[Approve] = Field(
        None, description="Who must say yes before it begins.", examples=[{"by": ["group:model-risk"]}]
    )
