"""How an endpoint is reached from outside, and by whom."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import CLUSTER, List, Maybe, Model, OneOf
from trimtab.spec.model.values import Host, HttpsUrl, Name, Positive


class Tls(OneOf):
    """Where the certificate comes from."""

    variants: ClassVar[tuple[str, ...]] = ("issuer", "secret")

    issuer: Maybe[str] = Field(
        None,
        description="An issuer; a name that only the cluster knows.",
        examples=["letsencrypt"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    secret: Maybe[Name] = Field(
        None, description="A secret of `security.secrets` that holds it.", examples=["cert"]
    )


class Oidc(Model):
    """Tokens of an OpenID Connect issuer."""

    issuer: HttpsUrl = Field(description="Who issues them.", examples=["https://login.example.com"])
    audiences: List[str] = Field((), description="For whom they are issued.", examples=[["scorer"]])


class ApiKey(Model):
    """Keys that callers send."""

    secret: Name = Field(description="The secret that holds them.", examples=["callers"])


class Anonymous(Model):
    """Nobody is asked who they are."""

    reason: str = Field(description="Why that is right here.", examples=["public demo"], min_length=3)


class Auth(OneOf):
    """How callers show who they are."""

    variants: ClassVar[tuple[str, ...]] = ("oidc", "api_key", "mtls", "none")

    oidc: Maybe[Oidc] = Field(
        None, description="Tokens of an issuer.", examples=[{"issuer": "https://login.example.com"}]
    )
    api_key: Maybe[ApiKey] = Field(None, description="Keys.", examples=[{"secret": "callers"}])
    mtls: Maybe[Literal["required"]] = Field(None, description="Certificates.", examples=["required"])
    none: Maybe[Anonymous] = Field(
        None, description="Not at all, with the reason.", examples=[{"reason": "public demo"}]
    )


class RateLimit(Model):
    """How much one caller may ask."""

    requests_per_second: Maybe[float] = Field(None, description="Requests per second.", examples=[50], gt=0)
    tokens_per_minute: Maybe[Positive] = Field(None, description="Tokens per minute.", examples=[100000])
    burst: Maybe[Positive] = Field(None, description="How many at once.", examples=[100])


class Expose(Model):
    """How the endpoint is reached from outside."""

    host: Host = Field(description="Its host name.", examples=["scorer.example.com"])
    path: str = Field("/", description="The path below the host.", examples=["/v2"], pattern="^/")
    gateway: Maybe[str] = Field(
        None,
        description="A gateway; a name that only the cluster knows. Its only one when left out.",
        examples=["public"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    tls: Maybe[Tls] = Field(None, description="Its certificate.", examples=[{"issuer": "letsencrypt"}])
    auth: Maybe[Auth] = Field(
        None,
        description="How callers show who they are.",
        examples=[{"oidc": {"issuer": "https://login.example.com"}}],
    )
    rate_limit: Maybe[RateLimit] = Field(
        None, description="How much one caller may ask.", examples=[{"requestsPerSecond": 50}]
    )
