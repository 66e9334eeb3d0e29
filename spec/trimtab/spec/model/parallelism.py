"""How one model is spread over processes, and an estimate of whether it fits there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trimtab.spec.model.base import Maybe, Model
from trimtab.spec.model.values import Count, Positive

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
