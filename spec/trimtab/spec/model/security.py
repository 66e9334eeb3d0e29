"""The `security` section: who may do what, what may talk to what, and where secrets come from."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import CLUSTER, List, Map, Maybe, Model, OneOf
from trimtab.spec.model.values import Date, Destination, Duration, Name, RelativePath, Subject


class Network(Model):
    """What workloads may reach beside the stores and each other, which are known already."""

    egress: List[Destination] = Field(
        (), description="Where they may go.", examples=[["api.example.com:443"]]
    )
    ingress: List[str] = Field(
        (), description="Namespaces whose pods may call the endpoints.", examples=[["shop", "gateway"]]
    )


class Identity(Model):
    """Who a workload is to a cloud. One name, one account for each cloud it runs on."""

    aws: Maybe[str] = Field(
        None, description="An AWS role.", examples=["arn:aws:iam::1:role/risk-read"], pattern="^arn:"
    )
    gcp: Maybe[str] = Field(
        None,
        description="A Google service account.",
        examples=["risk@acme.iam.gserviceaccount.com"],
        pattern="@",
    )
    azure: Maybe[str] = Field(
        None,
        description="An Azure client id.",
        examples=["00000000-0000-0000-0000-000000000000"],
        min_length=1,
    )


class Secret(OneOf):
    """Where a secret comes from. Its value is never written in a spec."""

    variants: ClassVar[tuple[str, ...]] = ("vault", "aws", "gcp", "azure", "sops", "existing")

    vault: Maybe[str] = Field(None, description="A path in Vault.", examples=["kv/risk/hf"], min_length=1)
    aws: Maybe[str] = Field(
        None, description="A name in AWS Secrets Manager.", examples=["risk/hf"], min_length=1
    )
    gcp: Maybe[str] = Field(
        None, description="A name in Google Secret Manager.", examples=["risk-hf"], min_length=1
    )
    azure: Maybe[str] = Field(
        None, description="A name in Azure Key Vault.", examples=["risk-hf"], min_length=1
    )
    sops: Maybe[RelativePath] = Field(
        None,
        description="A file encrypted with SOPS, relative to the spec.",
        examples=["secrets/hf.enc.yaml"],
    )
    existing: Maybe[str] = Field(
        None,
        description="A Secret that the cluster has already.",
        examples=["hf-token"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    refresh: Duration = Field(3600, description="How often it is read anew.", examples=["1h"])


class Images(Model):
    """Which images may run, and where they come from."""

    digests: Literal["required", "optional"] = Field(
        "required", description="Whether each image must be named by digest.", examples=["required"]
    )
    signed_by: List[str] = Field((), description="Who must have signed them.", examples=[["ci@example.com"]])
    registries: List[str] = Field(
        (), description="The only registries allowed; any when left out.", examples=[["registry.example.com"]]
    )
    mirrors: Map[str, str] = Field(
        {},
        description="Where images of a registry are fetched from instead.",
        examples=[{"docker.io": "registry.example.com/docker"}],
    )
    pull_with: List[Name] = Field(
        (), description="Secrets that open private registries.", examples=[["registry"]]
    )


class Access(Model):
    """Who may do what with this system."""

    edit: List[Subject] = Field((), description="May change it.", examples=[["group:risk-ml"]])
    view: List[Subject] = Field((), description="May look at it.", examples=[["group:risk"]])


class Encryption(Model):
    """How data is kept from others' eyes."""

    at_rest: Maybe[str] = Field(
        None,
        description="The key that volumes and stores are encrypted with.",
        examples=["alias/risk"],
        min_length=1,
    )
    in_transit: Maybe[Literal["mtls", "tls"]] = Field(
        None, description="How workloads talk to each other.", examples=["mtls"]
    )


class Waiver(Model):
    """A finding that is accepted for a while, and why."""

    rule: str = Field(description="The code of the rule.", examples=["TT301"], pattern=r"^TT[34]\d\d$")
    for_: List[str] = Field(
        description="What it is accepted for, as paths of the spec.",
        examples=[["deployment.scorer"]],
        min_length=1,
    )
    reason: str = Field(description="Why.", examples=["the driver needs it until 2.4"], min_length=10)
    until: Date = Field(description="The last day it holds.", examples=["2027-01-31"])
    by: Maybe[Subject] = Field(None, description="Who accepted it.", examples=["user:ada"])


class Audit(Model):
    """How long it is known who did what."""

    keep: Duration = Field(description="How long.", examples=["400d"])
    to: Maybe[Name] = Field(
        None, description="The store; the artifact store when left out.", examples=["lake"]
    )


class Security(Model):
    """Who may do what, what may talk to what, and where secrets come from."""

    pod_security: Literal["restricted", "baseline", "privileged"] = Field(
        "restricted", description="The Pod Security Standard of the namespace.", examples=["restricted"]
    )
    waivers: Map[Name, Waiver] = Field(
        {},
        description="Findings that are accepted for a while.",
        examples=[
            {
                "driver": {
                    "rule": "TT301",
                    "for": ["deployment.scorer"],
                    "reason": "the driver needs it until 2.4",
                    "until": "2027-01-31",
                }
            }
        ],
    )
    network: Network = Field(
        Network.model_construct(),
        description="What workloads may reach.",
        examples=[{"egress": ["api.example.com:443"]}],
    )
    identities: Map[Name, Identity] = Field(
        {},
        description="Who workloads are to a cloud.",
        examples=[{"reader": {"aws": "arn:aws:iam::1:role/risk-read"}}],
    )
    secrets: Map[Name, Secret] = Field(
        {}, description="Where secrets come from.", examples=[{"hf": {"vault": "kv/risk/hf"}}]
    )
    images: Images = Field(
        Images.model_construct(), description="Which images may run.", examples=[{"digests": "required"}]
    )
    access: Access = Field(
        Access.model_construct(), description="Who may do what.", examples=[{"edit": ["group:risk-ml"]}]
    )
    encryption: Encryption = Field(
        Encryption.model_construct(), description="How data is protected.", examples=[{"inTransit": "mtls"}]
    )
    confidential_computing: Maybe[Literal["required"]] = Field(
        None, description="Run only on pools that are `confidential`.", examples=["required"]
    )
    audit: Maybe[Audit] = Field(
        None, description="How long it is known who did what.", examples=[{"keep": "400d"}]
    )
    residency: List[str] = Field(
        (),
        description="The only regions in which data may be kept or worked on.",
        examples=[["eu-central-1"]],
    )
