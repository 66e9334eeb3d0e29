"""The `environments` section: where a system runs, and what differs there."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.approval import Approve
from trimtab.spec.model.base import List, Map, Maybe, Model, Shorthand
from trimtab.spec.model.values import Duration, Image, Name
from trimtab.spec.shape.facts import LOCAL, Places


class RunOn(Places, Shorthand):
    """Which cluster trains, and which serve. A name alone does both; `local` is this machine."""

    expands: ClassVar[str] = "runs"
    short_key: ClassVar[str] = "runs"
    short_form: ClassVar[str] = "local, the name of a cluster, or {runs, serving}"

    runs: Maybe[str] = Field(None, description="The cluster that trains.", examples=["us-east"], min_length=1)
    serving: List[str] = Field(
        (),
        description="The clusters that serve, by name or `group:<name>`; the one that trains when left out.",
        examples=[["us-east", "eu-west"], ["group:edge"]],
    )


class Order(Model):
    """How a change goes from cluster to cluster."""

    strategy: Literal["oneAtATime", "allAtOnce"] = Field(
        "oneAtATime", description="One after the other, or all together.", examples=["oneAtATime"]
    )
    soak: Duration = Field(1800, description="How long one is watched before the next.", examples=["30m"])


class Environment(Model):
    """Where the system runs, and what differs there."""

    run_on: RunOn = Field(
        RunOn.model_construct(runs=LOCAL),
        description="Where.",
        examples=["local", "staging", {"runs": "us-east"}],
    )
    runtime_image: Maybe[Image] = Field(
        None,
        description="The image with Trimtab's own workloads, by digest; on this machine, this Python.",
        examples=["registry.example.com/trimtab/runtime"],
    )
    models_from: Maybe[Name] = Field(
        None, description="Models are taken from this environment instead of trained.", examples=["staging"]
    )
    order: Maybe[Order] = Field(
        None, description="From cluster to cluster.", examples=[{"strategy": "oneAtATime"}]
    )
    approve: Maybe[Approve] = Field(
        None,
        description="Who must say yes before a change reaches it.",
        examples=[{"by": ["group:risk-leads"]}],
    )
    overrides: Map[str, Any] = Field(
        {},
        description="What differs: a part of the spec. Maps merge, lists and values replace, null removes.",
        examples=[{"training": {"classifier": {"nodes": 1}}}],
    )
