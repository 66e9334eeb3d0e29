"""The `data` section: where data lies, what it must look like, and the steps that make it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf
from trimtab.spec.model.values import (
    Duration,
    Name,
    Natural,
    Percent,
    Positive,
    RelativePath,
    Scalar,
    Size,
    Uri,
)
from trimtab.spec.model.workload import Schedule, Workload

Format = Literal[
    "parquet", "delta", "iceberg", "csv", "jsonl", "avro", "arrow", "npz", "numpy", "tfrecord", "webdataset",
    "images", "audio", "video", "text", "safetensors", "binary",
]  # fmt: skip
ColumnType = Literal["int", "float", "string", "bool", "timestamp", "date", "bytes", "list", "struct"]
Classification = Literal["public", "internal", "confidential", "restricted"]


class Volume(Model):
    """A volume that the target provides."""

    size: Size = Field(description="How large it is.", examples=["500Gi"])
    class_: Maybe[str] = Field(
        None,
        description="A storage class; a name that only the cluster knows. Its default when left out.",
        examples=["fast-nvme"],
        min_length=1,
    )
    access: Literal["one", "many"] = Field(
        "many", description="Whether one node or many may mount it at a time.", examples=["many"]
    )


class Store(OneOf):
    """A place that holds data: an object store or other service by its address, or a volume."""

    variants: ClassVar[tuple[str, ...]] = ("uri", "volume")
    beside: ClassVar = {"region": "uri", "endpoint": "uri", "identity": "uri", "secret": "uri"}

    uri: Maybe[Uri] = Field(
        None,
        description="The address: s3, gs, az, hf, oci and others.",
        examples=["s3://acme-risk", "gs://acme", "az://account/container"],
    )
    volume: Maybe[Volume] = Field(None, description="A volume of the target.", examples=[{"size": "500Gi"}])
    endpoint: Maybe[Uri] = Field(
        None,
        description="Where an S3-compatible store answers (MinIO, R2).",
        examples=["https://minio.example.com"],
    )
    region: Maybe[str] = Field(
        None, description="The store's region.", examples=["eu-central-1"], min_length=1
    )
    identity: Maybe[Name] = Field(
        None, description="The identity of `security.identities` to read and write with.", examples=["reader"]
    )
    secret: Maybe[Name] = Field(
        None, description="The secret with its access keys, where there is no identity.", examples=["minio"]
    )


class Artifacts(Model):
    """Where runs put what they make."""

    store: Maybe[Name] = Field(
        None, description="A store; a volume of its own when left out.", examples=["lake"]
    )
    path: RelativePath = Field("runs", description="The folder below the store.", examples=["models"])
    keep: Maybe[Positive] = Field(
        None,
        description="How many accepted runs of a training to keep; all when left out. What serves is kept.",
        examples=[20],
    )


class BaseModelSource(Model):
    """A model that others start from, pinned."""

    uri: Uri = Field(description="Where it comes from.", examples=["hf://meta-llama/Llama-3.3-70B"])
    revision: Maybe[str] = Field(
        None, description="The commit, version or digest that pins it.", examples=["6f6073b"], min_length=1
    )
    secret: Maybe[Name] = Field(None, description="The secret that opens it.", examples=["hf"])


class Share(Model):
    """A share of the rows."""

    max: Percent = Field(description="The greatest share that is accepted.", examples=["0%"])


class Rows(Model):
    min: Maybe[Natural] = Field(None, description="At least so many rows.", examples=[1000000])
    max: Maybe[Natural] = Field(None, description="At most so many rows.", examples=[100000000])


class Freshness(Model):
    max: Duration = Field(description="How old the newest data may be.", examples=["26h"])


class Column(Model):
    """What a column (an array of an npz, a field of a jsonl) must look like."""

    type: Maybe[ColumnType] = Field(None, description="The type of its values.", examples=["float"])
    min: Maybe[float] = Field(None, description="The least value.", examples=[0])
    max: Maybe[float] = Field(None, description="The greatest value.", examples=[1])
    values: List[Scalar] = Field((), description="The only values allowed.", examples=[[0, 1]])
    pattern: Maybe[str] = Field(
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


class Dataset(Model):
    """Data by a name. Every name that is read or written is declared here."""

    store: Maybe[Name] = Field(
        None, description="The store that holds it; the artifact store when left out.", examples=["lake"]
    )
    path: Maybe[RelativePath] = Field(
        None,
        description="The folder below the store; `data/<name>` when left out.",
        examples=["raw/transactions"],
    )
    format: Maybe[Format] = Field(None, description="How it is written.", examples=["parquet"])
    version: str = Field(
        "follow",
        description="A pin (a snapshot, a folder, a tag), or `follow`: the newest, frozen when a run opens.",
        examples=["follow", "2026-11-01"],
        min_length=1,
    )
    expect: Maybe[Expect] = Field(
        None,
        description="The data contract, checked before anything reads it.",
        examples=[{"rows": {"min": 1000}}],
    )
    classification: Maybe[Classification] = Field(
        None, description="How confidential it is.", examples=["restricted"]
    )

    @property
    def pinned(self) -> str | None:
        return None if self.version == "follow" else self.version


class Pipeline(Workload):
    """A step that makes datasets from datasets."""

    schedule: Maybe[Schedule] = Field(
        None,
        description="When it runs again; once per recipe when left out.",
        examples=[{"cron": "15 2 * * *", "timezone": "Europe/Berlin"}],
    )


class Data(Model):
    """Where data lies, what it must look like, and the steps that make it."""

    stores: Map[Name, Store] = Field(
        {}, description="Places that hold data.", examples=[{"lake": {"uri": "s3://acme-risk"}}]
    )
    artifacts: Artifacts = Field(
        Artifacts.model_construct(),
        description="Where runs put what they make.",
        examples=[{"store": "lake"}],
    )
    datasets: Map[Name, Dataset] = Field(
        {}, description="Every name that is read or written.", examples=[{"features": {"format": "parquet"}}]
    )
    models: Map[Name, BaseModelSource] = Field(
        {},
        description="Models that others start from.",
        examples=[{"llama": {"uri": "hf://meta-llama/Llama-3.3-70B"}}],
    )
    pipelines: Map[Name, Pipeline] = Field(
        {}, description="Steps that make datasets.", examples=[{"buildFeatures": {"writes": ["features"]}}]
    )
