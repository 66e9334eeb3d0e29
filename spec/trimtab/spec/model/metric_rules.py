"""The one grammar for judging a number: `accept: {auc: {min: 0.93}}`, in trainings and monitors alike."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trimtab.spec.model.base import Map, Maybe, Model
from trimtab.spec.model.values import MetricName, Positive

Goal = Literal["maximize", "minimize"]


class MetricRule(Model):
    """What one metric must be. One that is missing, or not a number, breaks the rule."""

    min: Maybe[float] = Field(None, description="The metric must be at least this.", examples=[0.93])
    max: Maybe[float] = Field(None, description="The metric must be at most this.", examples=[0.4])
    better_by: Maybe[float] = Field(
        None,
        description="It must be better by this much than that of the model that served when the run ended; judged once.",
        examples=[0.002],
    )
    min_samples: Maybe[Positive] = Field(
        None, description="It must rest on at least so many examples.", examples=[10000]
    )
    goal: Maybe[Goal] = Field(
        None,
        description="Which direction is better; needed where the metric's name does not say so (`loss`).",
        examples=["minimize"],
    )


Accept = Map[MetricName, MetricRule]
