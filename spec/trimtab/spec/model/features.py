"""The feature store: views on datasets that trainings read by history and endpoints by key."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf
from trimtab.spec.model.values import Duration, Name
from trimtab.spec.model.workload import Schedule


class OnlineStore(OneOf):
    """Where endpoints look features up."""

    variants: ClassVar[tuple[str, ...]] = ("redis", "postgres", "dynamodb", "bigtable")

    redis: Maybe[Name] = Field(None, description="Redis; the secret with its address.", examples=["redis"])
    postgres: Maybe[Name] = Field(
        None, description="PostgreSQL; the secret with its address.", examples=["pg"]
    )
    dynamodb: Maybe[str] = Field(None, description="DynamoDB; its region.", examples=["eu-central-1"])
    bigtable: Maybe[str] = Field(None, description="Bigtable; its instance.", examples=["features"])


class Feast(Model):
    """Feast."""

    registry: Maybe[Name] = Field(
        None,
        description="The store that holds its registry; the artifact store when left out.",
        examples=["lake"],
    )
    online: Maybe[OnlineStore] = Field(
        None,
        description="Where endpoints look features up; nowhere when left out.",
        examples=[{"redis": "redis"}],
    )


class FeatureView(Model):
    """Columns of a dataset, looked up by key and time."""

    of: Name = Field(description="The dataset.", examples=["features"])
    entities: List[str] = Field(
        description="The columns that are its key.", examples=[["customerId"]], min_length=1
    )
    timestamp: str = Field(
        description="The column that holds the time.", examples=["eventTime"], min_length=1
    )
    columns: List[str] = Field(
        (), description="The features; all other columns when left out.", examples=[["amount"]]
    )
    expires: Maybe[Duration] = Field(None, description="How long a value may be used.", examples=["7d"])
    online: Literal["published", "no"] = Field(
        "no", description="Whether it is copied to where endpoints look it up.", examples=["published"]
    )
    schedule: Maybe[Schedule] = Field(
        None, description="When it is copied; with each version when left out.", examples=[{"every": "1h"}]
    )


class FeatureStore(OneOf):
    """Features that trainings and endpoints share."""

    variants: ClassVar[tuple[str, ...]] = ("feast",)

    feast: Maybe[Feast] = Field(None, description="Feast.", examples=[{"online": {"redis": "redis"}}])
    views: Map[Name, FeatureView] = Field(
        {},
        description="Views by a name.",
        examples=[{"spending": {"of": "features", "entities": ["customerId"], "timestamp": "eventTime"}}],
    )
