"""The data contract of a dataset (`expect`): what it must look like before anything reads it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model
from trimtab.spec.model.values import Duration, Natural, Percent, Regex, Scalar

ColumnType = Literal["int", "float", "string", "bool", "timestamp", "date", "bytes", "list", "struct"]


class Share(Model):
    """A share of the rows."""

    max: Percent = Field(description="The greatest share that is accepted.", examples=["0%"])


class Rows(Model):
    """How many rows."""

    min: Maybe[Natural] = Field(None, description="At least so many rows.", examples=[1000000])
    max: Maybe[Natural] = Field(None, description="At most so many rows.", examples=[100000000])


class Freshness(Model):
    """How old the data may be."""

    max: Duration = Field(description="How old the newest data may be.", examples=["26h"])


class Column(Model):
    """What a column (an array of an npz, a field of a jsonl) must look like."""

    type: Maybe[ColumnType] = Field(None, description="The type of its values.", examples=["float"])
    min: Maybe[float] = Field(None, description="The least value.", examples=[0])
    max: Maybe[float] = Field(None, description="The greatest value.", examples=[1])
    values: List[Scalar] = Field((), description="The only values allowed.", examples=[[0, 1]])
    pattern: Maybe[Regex] = Field(
        None, description="A regular expression that each text must match whole.", examples=["[A-Z]{3}"]
    )
    nulls: Maybe[Share] = Field(None, description="Missing values.", examples=[{"max": "0%"}])
    duplicates: Maybe[Share] = Field(None, description="Values that occur before.", examples=[{"max": "0%"}])


class Expect(Model):
    """The data contract: checked before anything reads a version of the dataset."""

    rows: Maybe[Rows] = Field(None, description="How many rows.", examples=[{"min": 1000}])
    freshness: Maybe[Freshness] = Field(None, description="How old.", examples=[{"max": "26h"}])
    columns: Map[str, Column] = Field(
        {}, description="What columns must look like.", examples=[{"amount": {"type": "float", "min": 0}}]
    )
