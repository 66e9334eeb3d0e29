"""`kind: MLPlatform`: what several systems share, in the same grammar. A system narrows what it gets, never widens it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trimtab.spec.model.base import Map, Maybe, Model
from trimtab.spec.model.clusters import Cluster
from trimtab.spec.model.compute import Budget, Placement, Pool, Priority
from trimtab.spec.model.data import Artifacts, BaseModelSource, Store
from trimtab.spec.model.monitoring import Monitoring
from trimtab.spec.model.security import Security
from trimtab.spec.model.system import API_VERSION
from trimtab.spec.model.values import DnsLabel, Name, Natural


class PlatformMetadata(Model):
    """What the platform is called."""

    name: DnsLabel = Field(description="Its name.", examples=["acme"])
    labels: Map[str, str] = Field(
        {}, description="For people and tools.", examples=[{"owner": "ml-platform"}]
    )


class PlatformData(Model):
    """Stores and models that systems share."""

    stores: Map[Name, Store] = Field(
        {}, description="Places that hold data.", examples=[{"lake": {"uri": "s3://acme"}}]
    )
    artifacts: Maybe[Artifacts] = Field(
        None,
        description="Where runs put what they make, unless a system says otherwise.",
        examples=[{"store": "lake"}],
    )
    models: Map[Name, BaseModelSource] = Field(
        {},
        description="Models that others start from.",
        examples=[{"llama": {"uri": "hf://meta-llama/Llama-3.3-70B", "revision": "6f6073b"}}],
    )


class Quota(Model):
    """What one queue may hold."""

    quota: Map[str, Natural] = Field(
        {}, description="How many GPUs of each product it may hold.", examples=[{"H100": 32}]
    )
    borrow: Map[str, Natural] = Field(
        {}, description="How many more it may borrow while others leave them idle.", examples=[{"H100": 16}]
    )


class PlatformCompute(Model):
    """Machines that systems share, and how."""

    pools: Map[Name, Pool] = Field(
        {},
        description="Machines by a name.",
        examples=[{"gpu": {"accelerator": {"type": "H100", "perNode": 8}}}],
    )
    queues: Map[Name, Quota] = Field(
        {},
        description="Queues that systems choose from by `compute.queue.name`.",
        examples=[{"risk": {"quota": {"H100": 32}}}],
    )
    priorities: Map[Name, Priority] = Field(
        {}, description="Who goes first, by a name.", examples=[{"production": {"value": 1000}}]
    )
    budget: Maybe[Budget] = Field(
        None, description="What each system may spend.", examples=[{"perMonth": 50000}]
    )
    placement: Maybe[Placement] = Field(
        None,
        description="Where work goes when several places would do.",
        examples=[{"regions": ["eu-central-1"]}],
    )


class PlatformSpec(Model):
    """What systems share."""

    data: PlatformData = Field(
        PlatformData.model_construct(),
        description="Stores and models.",
        examples=[{"stores": {"lake": {"uri": "s3://acme"}}}],
    )
    compute: PlatformCompute = Field(
        PlatformCompute.model_construct(),
        description="Machines, and who may have how many.",
        examples=[{"pools": {"cpu": {}}}],
    )
    security: Maybe[Security] = Field(
        None, description="The least that every system keeps to.", examples=[{"podSecurity": "restricted"}]
    )
    monitoring: Maybe[Monitoring] = Field(
        None, description="Who hears of what, and where it goes.", examples=[{"energy": {"meter": "kepler"}}]
    )
    clusters: Map[Name, Cluster] = Field(
        {}, description="Clusters by a name.", examples=[{"us-east": {"groups": ["us"]}}]
    )


class MLPlatform(Model):
    """What several machine-learning systems share."""

    api_version: Literal["trimtab.dev/v1"] = Field(
        description="The version of this language.", examples=[API_VERSION]
    )
    kind: Literal["MLPlatform"] = Field(description="What this document describes.", examples=["MLPlatform"])
    metadata: PlatformMetadata = Field(
        description="What the platform is called.", examples=[{"name": "acme"}]
    )
    spec: PlatformSpec = Field(description="What systems share.", examples=[{"data": {}}])
