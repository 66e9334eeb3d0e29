"""The whole spec: `kind: MLSystem`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import Map, Maybe, Model, Rewritten
from trimtab.spec.model.clusters import Cluster
from trimtab.spec.model.compute import Compute
from trimtab.spec.model.data import Data
from trimtab.spec.model.deployment import Deployment
from trimtab.spec.model.environments import Environment
from trimtab.spec.model.escape import Manifest, Patch
from trimtab.spec.model.monitoring import Monitoring
from trimtab.spec.model.security import Security
from trimtab.spec.model.training import Training
from trimtab.spec.model.values import DnsLabel, Name, PlatformPath
from trimtab.spec.shape.facts import Computing

API_VERSION = "trimtab.dev/v1"


class Metadata(Rewritten):
    """What the system is called."""

    expands: ClassVar[str] = "own_namespace"

    name: DnsLabel = Field(
        description="Its name, unique in its namespace.", examples=["fraud"], max_length=40
    )
    namespace: DnsLabel = Field(
        "",
        description="The namespace it lives in; named as the system when left out.",
        examples=["risk"],
    )
    labels: Map[str, str] = Field({}, description="Put on every object.", examples=[{"team": "risk"}])
    annotations: Map[str, str] = Field(
        {}, description="For people and tools.", examples=[{"owner": "risk-ml"}]
    )


class Spec(Computing, Model):
    """Six sections and the environments they run in."""

    data: Data = Field(
        Data.model_construct(),
        description="Where data lies, what it must look like, and the steps that make it.",
        examples=[{"datasets": {"features": {"format": "parquet"}}}],
    )
    compute: Compute = Field(
        Compute.model_construct(),
        description="The machines, who shares them, and what may be spent.",
        examples=[{"pools": {"cpu": {"node": {"cpu": 16, "memory": "64Gi"}}}}],
    )
    training: Map[Name, Training] = Field(
        {},
        description="How models are made, by the name of the model.",
        examples=[{"classifier": {"command": ["python", "-m", "fraud.train"], "reads": ["features"]}}],
    )
    deployment: Map[Name, Deployment] = Field(
        {},
        description="How models reach those who use them.",
        examples=[{"scorer": {"model": "classifier", "server": {"torch": {}}}}],
    )
    security: Security = Field(
        Security.model_construct(),
        description="Who may do what, what may talk to what, and where secrets come from.",
        examples=[{"podSecurity": "restricted"}],
    )
    monitoring: Monitoring = Field(
        Monitoring.model_construct(),
        description="What is watched, and who hears of it.",
        examples=[{"energy": {"meter": "kepler"}}],
    )
    manifests: Map[Name, Manifest] = Field(
        {},
        description="Whole objects of one's own, applied with the rest. An escape hatch.",
        examples=[{"limits": {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits"}}}],
    )
    patches: Map[Name, Patch] = Field(
        {},
        description="Changes to compiled objects; one that matches nothing is an error. An escape hatch.",
        examples=[
            {"tier": {"target": {"kind": "Deployment"}, "merge": {"metadata": {"labels": {"tier": "gold"}}}}}
        ],
    )
    platform: Maybe[PlatformPath] = Field(
        None,
        description="The platform that this system is part of: a `kind: MLPlatform`, relative to the spec.",
        examples=["../acme.yaml"],
    )
    clusters: Map[Name, Cluster] = Field(
        {},
        description="Clusters by a name; without any, `runOn` takes the contexts of a kubeconfig.",
        examples=[{"us-east": {"groups": ["us"]}}],
    )
    default_environment: Maybe[Name] = Field(
        None, description="The environment that is meant when none is named.", examples=["laptop"]
    )
    environments: Map[Name, Environment] = Field(
        {}, description="Where it runs, and what differs there.", examples=[{"laptop": {"runOn": "local"}}]
    )


class MLSystem(Model):
    """A machine-learning system."""

    api_version: Literal["trimtab.dev/v1"] = Field(
        description="The version of this language.", examples=[API_VERSION]
    )
    kind: Literal["MLSystem"] = Field(description="What this document describes.", examples=["MLSystem"])
    metadata: Metadata = Field(description="What the system is called.", examples=[{"name": "fraud"}])
    spec: Spec = Field(description="What the system is.", examples=[{"training": {}}])
