"""A sweep: many trials of one training, each a run with its own key."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Goal
from trimtab.spec.model.values import MetricName, Positive, Scalar


class Objective(Model):
    """What a sweep makes large or small."""

    goal: Goal = Field(description="Which direction is better.", examples=["minimize"])


class Search(OneOf):
    """Where a parameter is looked for."""

    variants: ClassVar[tuple[str, ...]] = ("values", "linear", "log", "integer")

    values: Maybe[List[Scalar]] = Field(None, description="One of these.", examples=[[8, 16]])
    linear: Maybe[List[float]] = Field(
        None, description="Between two bounds, evenly.", examples=[[0.0, 0.5]], min_length=2, max_length=2
    )
    log: Maybe[List[float]] = Field(
        None,
        description="Between two bounds, by magnitude.",
        examples=[[0.00001, 0.001]],
        min_length=2,
        max_length=2,
    )
    integer: Maybe[List[int]] = Field(
        None, description="A whole number between two bounds.", examples=[[1, 12]], min_length=2, max_length=2
    )


class Sweep(Model):
    """Many trials of one training, each a run with its own key."""

    search: Map[str, Search] = Field(
        description="Parameters that vary, by their name in `params`.",
        examples=[{"rank": {"values": [8, 16]}}],
    )
    objective: Map[MetricName, Objective] = Field(
        description="The metric that decides.",
        examples=[{"loss": {"goal": "minimize"}}],
        min_length=1,
        max_length=1,
    )
    method: Literal["grid", "random", "tpe", "bayes", "cmaes", "hyperband"] = Field(
        "tpe", description="How the next trial is chosen.", examples=["tpe"]
    )
    trials: Positive = Field(description="How many at most.", examples=[200])
    parallel: Positive = Field(1, description="How many at a time.", examples=[20])
    early_stop: Literal["none", "median", "halving"] = Field(
        "none", description="When a trial is given up.", examples=["median"]
    )
