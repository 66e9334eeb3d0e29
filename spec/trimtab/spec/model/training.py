"""The `training` section: what makes models, how they are judged, and when they are made anew."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.approval import Approve
from trimtab.spec.model.base import CLUSTER, List, Map, Maybe, Model, OneOf
from trimtab.spec.model.metric_rules import Accept
from trimtab.spec.model.parallelism import Fit, Parallelism
from trimtab.spec.model.sweep import Sweep
from trimtab.spec.model.values import (
    Duration,
    EnvName,
    Image,
    Name,
    Natural,
    Percent,
    Positive,
)
from trimtab.spec.model.workload import EnvValue, Resources, Schedule, Workload


class Checkpoint(Model):
    """How often the state is saved, so that a run may go on where it was interrupted."""

    every: Duration = Field(description="How often.", examples=["10m"])
    grace: Duration = Field(
        25,
        description="How long saving takes at most when the machine is taken away.",
        examples=["90s"],
    )
    keep: Positive = Field(2, description="How many to keep.", examples=[3])
    to: Maybe[Name] = Field(
        None, description="A store; the artifact store when left out.", examples=["scratch"]
    )


class Evaluation(Workload):
    """A run of its own that judges a model. It inherits image, code and environment from its training."""

    params: Map[str, Any] = Field(
        {}, description="What the script finds in $TRIMTAB_PARAMS.", examples=[{"batchSize": 256}]
    )
    accept: Accept = Field(
        {},
        description="Rules for the metrics that this evaluation reports. A model that breaks one is never served.",
        examples=[{"auc": {"min": 0.93}}],
    )


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


class Lora(Model):
    """Low-rank adapters: a small part beside the model is trained."""

    rank: Positive = Field(16, description="The rank.", examples=[16])
    alpha: Positive = Field(32, description="The scale.", examples=[32])
    dropout: float = Field(0.0, description="The share that is dropped.", examples=[0.05], ge=0, lt=1)
    targets: List[str] = Field(
        (), description="The layers; the script's choice when left out.", examples=[["q_proj", "v_proj"]]
    )
    quantized: Maybe[Literal["nf4", "int8"]] = Field(
        None, description="How the model's own weights are kept.", examples=["nf4"]
    )


class Tune(OneOf):
    """How a model is fine-tuned from its base."""

    variants: ClassVar[tuple[str, ...]] = ("full", "lora")

    full: Maybe[Literal["all"]] = Field(None, description="All weights are trained.", examples=["all"])
    lora: Maybe[Lora] = Field(None, description="An adapter is trained.", examples=[{"rank": 16}])


class Idle(Model):
    """A guard against machines that do nothing."""

    below: Percent = Field(description="Use of the GPUs under which they count as idle.", examples=["5%"])
    for_: Duration = Field(description="For how long, until the run is stopped.", examples=["30m"])


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
    image: Maybe[Image] = Field(
        None,
        description="Its image; the training's when left out.",
        examples=["registry.example.com/acme/actor"],
    )
    command: List[str] = Field(
        (), description="What it runs; the training's when left out.", examples=[["python", "-m", "rl.actor"]]
    )
    env: Map[EnvName, EnvValue] = Field(
        {}, description="Variables beside the training's.", examples=[{"ROLE": "actor"}]
    )


class Training(Workload):
    """How a model is made. A recipe is trained once; a changed one opens a new run beside the old one."""

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
    seed: Maybe[Natural] = Field(
        None, description="The seed of all randomness; a part of the recipe.", examples=[7]
    )
    learning: Maybe[
        Literal["supervised", "unsupervised", "semiSupervised", "selfSupervised", "reinforcement"]
    ] = Field(
        None,
        description="What kind of learning it is; shown, and kept with the model.",
        examples=["supervised"],
    )
    tune: Maybe[Tune] = Field(
        None, description="How it is fine-tuned from `base`.", examples=[{"lora": {"rank": 16}}]
    )
    start_from: Literal["scratch", "previous"] = Field(
        "scratch",
        description="Whether weights start anew (or from `base`), or from this training's newest accepted run.",
        examples=["previous"],
    )
    priority: Maybe[str] = Field(
        None,
        description="A priority class; a name that only the cluster knows.",
        examples=["production"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    parallelism: Maybe[Parallelism] = Field(
        None, description="How the model is spread over processes.", examples=[{"fullySharded": 16}]
    )
    fit: Maybe[Fit] = Field(
        None,
        description="An estimate of the model, to see whether it fits on the GPUs; no part of the recipe.",
        examples=[{"parameters": "7B"}],
    )
    checkpoint: Maybe[Checkpoint] = Field(
        None,
        description="How often the state is saved, so that an interrupted run goes on where it was.",
        examples=[{"every": "10m"}],
    )
    evaluate: Map[Name, Evaluation] = Field(
        {},
        description="Runs of their own that judge the model, by a name. It serves once each of them accepts it.",
        examples=[{"onHeldOut": {"reads": ["heldOut"], "accept": {"auc": {"min": 0.93}}}}],
    )
    accept: Accept = Field(
        {},
        description="Rules for the metrics that the training itself reports, by their name. "
        "A model that breaks one is rejected: it is kept with its verdict, and never served.",
        examples=[{"loss": {"goal": "minimize", "max": 0.4}}, {"auc": {"min": 0.9}}],
    )
    retrain: Maybe[Retrain] = Field(
        None,
        description="What opens a run although the recipe is the same; nothing does when left out.",
        examples=[{"schedule": {"cron": "0 4 * * 1"}}],
    )
    on_change: Literal["finish", "checkpointAndStop", "stop"] = Field(
        "finish", description="What becomes of a run whose recipe was superseded.", examples=["finish"]
    )
    stop_when_idle: Maybe[Idle] = Field(
        None, description="Stop a run whose GPUs do nothing.", examples=[{"below": "5%", "for": "30m"}]
    )
    sweep: Maybe[Sweep] = Field(
        None,
        description="Many trials of it, each with other `params`.",
        examples=[
            {
                "search": {"rank": {"values": [8, 16]}},
                "objective": {"loss": {"goal": "minimize"}},
                "trials": 20,
            }
        ],
    )
    roles: Map[Name, Role] = Field(
        {},
        description="Kinds of process that run together, such as a learner and its actors.",
        examples=[{"learner": {"pool": "gpu"}}],
    )
    approve: Maybe[Approve] = Field(
        None, description="Who must say yes before it runs.", examples=[{"by": ["group:risk-leads"]}]
    )
