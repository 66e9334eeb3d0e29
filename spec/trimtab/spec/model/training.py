"""The `training` section: what makes models, how they are judged, and when they are made anew."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Accept, Goal
from trimtab.spec.model.values import (
    Count,
    Duration,
    EnvName,
    Image,
    MetricName,
    Name,
    Natural,
    Positive,
    Scalar,
    Subject,
)
from trimtab.spec.model.workload import EnvValue, Resources, Schedule, Workload

Precision = Literal["fp32", "tf32", "bf16", "fp16", "fp8"]


class Parallelism(Model):
    """How the model is spread over processes: an instruction, and part of the run's key."""

    data: Maybe[Positive] = Field(None, description="Copies of the model.", examples=[2])
    tensor: Maybe[Positive] = Field(None, description="Ways each layer is split.", examples=[8])
    pipeline: Maybe[Positive] = Field(None, description="Stages of layers.", examples=[2])
    expert: Maybe[Positive] = Field(None, description="Groups of experts.", examples=[8])
    context: Maybe[Positive] = Field(None, description="Ways a sequence is split.", examples=[2])
    fully_sharded: Maybe[Positive] = Field(
        None, description="Over how many processes weights and optimizer are sharded.", examples=[16]
    )


class Fit(Model):
    """An estimate of what the model needs, to see whether it fits its GPUs. Never part of the run's key."""

    parameters: Count = Field(description="Parameters of the model.", examples=["7B"])
    precision: Precision = Field("bf16", description="The precision it is trained in.", examples=["bf16"])
    optimizer: Literal["adamw", "adam", "sgd", "adafactor", "lion", "adamw8bit"] = Field(
        "adamw", description="The optimizer, whose state takes memory.", examples=["adamw"]
    )
    trainable: Maybe[Count] = Field(
        None, description="Parameters that are trained, where not all are.", examples=["20M"]
    )
    batch: Maybe[Positive] = Field(None, description="Examples per process and step.", examples=[4])
    sequence: Maybe[Positive] = Field(None, description="Tokens per example.", examples=[8192])


class Checkpoint(Model):
    """How often the state is saved, so that a run may go on where it was interrupted."""

    every: Duration = Field(description="How often.", examples=["10m"])
    keep: Positive = Field(2, description="How many to keep.", examples=[3])
    to: Maybe[Name] = Field(
        None, description="A store; the artifact store when left out.", examples=["scratch"]
    )


class Evaluation(Workload):
    """A run of its own that judges a model. It inherits image, code and environment from its training."""

    params: Map[str, Any] = Field(
        {}, description="What the script finds in $TRIMTAB_PARAMS.", examples=[{"batchSize": 256}]
    )
    accept: Accept = Field({}, description="What its metrics must keep.", examples=[{"auc": {"min": 0.93}}])


class Retrain(Model):
    """What opens a run of an unchanged recipe. When left out nothing does: new data surprises no budget."""

    schedule: Maybe[Schedule] = Field(None, description="The calendar.", examples=[{"cron": "0 4 * * 1"}])
    on_data: List[Name] = Field((), description="A new version of these datasets.", examples=[["features"]])
    on_drift: Maybe[Name] = Field(
        None, description="A monitor of `monitoring.drift` that rejects.", examples=["scorerInputs"]
    )
    manual: Maybe[Literal["allowed"]] = Field(
        None, description="A person who asks for it.", examples=["allowed"]
    )


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


class Role(Model):
    """One kind of process among several that run together."""

    pool: Maybe[Name] = Field(
        None, description="The pool to run on; the training's when left out.", examples=["gpu"]
    )
    nodes: Positive = Field(1, description="How many nodes.", examples=[32])
    resources: Resources = Field(
        Resources.model_construct(), description="What it takes on each node.", examples=[{"cpu": 8}]
    )
    processes: Maybe[Positive] = Field(None, description="Processes per node.", examples=[4])
    image: Maybe[Image] = Field(None, description="Its image; the training's when left out.")
    command: List[str] = Field((), description="What it runs; the training's when left out.")
    env: Map[EnvName, EnvValue] = Field({}, description="Variables beside the training's.")


class Approve(Model):
    """Who must say yes before it happens."""

    by: List[Subject] = Field(
        description="One of these people or groups.", examples=[["group:model-risk"]], min_length=1
    )
    cost_above: Maybe[float] = Field(
        None, description="Only above this cost, in the budget's currency.", examples=[500], ge=0
    )


class Training(Workload):
    """What makes a model."""

    base: Maybe[Name] = Field(
        None,
        description="The model it starts from: of `data.models`, or another training.",
        examples=["llama"],
    )
    params: Map[str, Any] = Field(
        {},
        description="What the script finds in $TRIMTAB_PARAMS.",
        examples=[{"learningRate": 0.0003, "epochs": 10}],
    )
    seed: Maybe[Natural] = Field(None, description="The seed of all randomness.", examples=[7])
    attempt: Positive = Field(
        1, description="Raise it to run a recipe once more after a terminal failure.", examples=[2]
    )
    priority: Maybe[str] = Field(
        None,
        description="A priority class; a name that only the cluster knows.",
        examples=["production"],
        min_length=1,
    )
    parallelism: Maybe[Parallelism] = Field(
        None, description="How the model is spread over processes.", examples=[{"fullySharded": 16}]
    )
    fit: Maybe[Fit] = Field(
        None, description="An estimate, to see whether it fits.", examples=[{"parameters": "7B"}]
    )
    checkpoint: Maybe[Checkpoint] = Field(
        None, description="How often the state is saved.", examples=[{"every": "10m"}]
    )
    evaluate: Map[Name, Evaluation] = Field(
        {}, description="Runs that judge the model.", examples=[{"onHeldOut": {"reads": ["heldOut"]}}]
    )
    accept: Accept = Field(
        {}, description="What the training's own metrics must keep.", examples=[{"loss": {"max": 0.4}}]
    )
    retrain: Maybe[Retrain] = Field(
        None, description="What makes it anew.", examples=[{"schedule": {"cron": "0 4 * * 1"}}]
    )
    on_change: Literal["finish", "checkpointAndStop", "stop"] = Field(
        "finish", description="What becomes of a run whose recipe was superseded.", examples=["finish"]
    )
    sweep: Maybe[Sweep] = Field(None, description="Many trials of it.")
    roles: Map[Name, Role] = Field(
        {}, description="Kinds of process that run together.", examples=[{"learner": {"pool": "gpu"}}]
    )
    approve: Maybe[Approve] = Field(
        None, description="Who must say yes before it runs.", examples=[{"by": ["group:risk-leads"]}]
    )
