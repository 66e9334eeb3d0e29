"""The `data` section: where data lies, what it is, and the steps that make it. What it must look like: `contract`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import CLUSTER, List, Map, Maybe, Model, OneOf
from trimtab.spec.model.contract import Expect
from trimtab.spec.model.features import FeatureStore
from trimtab.spec.model.values import (
    Date,
    Duration,
    Name,
    Positive,
    RelativePath,
    Size,
    Uri,
)
from trimtab.spec.model.workload import Schedule, Workload
from trimtab.spec.shape.facts import FOLLOW, Versioned

Format = Literal[
    "parquet", "delta", "iceberg", "csv", "jsonl", "avro", "arrow", "npz", "numpy", "tfrecord", "webdataset",
    "images", "audio", "video", "text", "safetensors", "binary",
]  # fmt: skip
Classification = Literal["public", "internal", "confidential", "restricted"]


class Volume(Model):
    """A volume that the target provides."""

    size: Size = Field(description="How large it is.", examples=["500Gi"])
    class_: Maybe[str] = Field(
        None,
        description="A storage class; a name that only the cluster knows. Its default when left out.",
        examples=["fast-nvme"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    access: Literal["one", "many"] = Field(
        "many", description="Whether one node or many may mount it at a time.", examples=["many"]
    )


class Store(OneOf):
    """A place that holds data: an object store, warehouse or stream by its address, or a volume."""

    variants: ClassVar[tuple[str, ...]] = ("uri", "volume", "claim")
    beside: ClassVar = {"region": "uri", "endpoint": "uri", "identity": "uri", "secret": "uri"}

    uri: Maybe[Uri] = Field(
        None,
        description="The address; its scheme says what it is: s3, gs, az, r2, minio, hf, oci, kafka, bigquery, "
        "snowflake, redshift, databricks, postgresql and others.",
        examples=["s3://acme-risk", "gs://acme", "bigquery://project/dataset", "kafka://broker:9093"],
    )
    volume: Maybe[Volume] = Field(None, description="A volume of the target.", examples=[{"size": "500Gi"}])
    claim: Maybe[str] = Field(
        None,
        description="A volume claim that exists; a name that only the cluster knows.",
        examples=["shared-data"],
        min_length=1,
        json_schema_extra=CLUSTER,
    )
    endpoint: Maybe[Uri] = Field(
        None,
        description="Where an S3-compatible store answers (MinIO, R2).",
        examples=["https://minio.example.com"],
    )
    region: Maybe[str] = Field(
        None, description="The store's region.", examples=["eu-central-1"], min_length=1
    )
    identity: Maybe[Name] = Field(
        None,
        description="The identity of `security.identities` to read and write with.",
        examples=["reader"],
    )
    secret: Maybe[Name] = Field(
        None, description="The secret with its access keys, where there is no identity.", examples=["minio"]
    )


class Artifacts(Model):
    """Where runs put what they make."""

    store: Maybe[Name] = Field(
        None, description="A store; a volume of its own when left out.", examples=["lake"]
    )
    path: Maybe[RelativePath] = Field(
        None, description="The folder below the store; the store's root when left out.", examples=["models"]
    )
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
    identity: Maybe[Name] = Field(None, description="The identity that opens it.", examples=["reader"])


class Window(Model):
    """Only a stretch of the data, counted back from the newest when a run opens."""

    last: Duration = Field(description="How far back.", examples=["30d"])
    by: str = Field(description="The column that holds the time.", examples=["eventTime"], min_length=1)


class Dataset(Versioned, OneOf):
    """Data by a name. Every name that is read or written is declared here."""

    variants: ClassVar[tuple[str, ...]] = ("path", "table", "topic", "query")
    optional: ClassVar[bool] = True

    store: Maybe[Name] = Field(
        None, description="The store that holds it; the artifact store when left out.", examples=["lake"]
    )
    path: Maybe[RelativePath] = Field(
        None,
        description="The folder below the store; `data/<name>` when left out.",
        examples=["raw/transactions"],
    )
    table: Maybe[str] = Field(
        None, description="The table of a warehouse.", examples=["risk.transactions"], min_length=1
    )
    query: Maybe[str] = Field(
        None,
        description="A query of a warehouse, whose result is the dataset.",
        examples=["select * from risk.transactions"],
        min_length=1,
    )
    topic: Maybe[str] = Field(None, description="The topic of a stream.", examples=["payments"], min_length=1)
    format: Maybe[Format] = Field(
        None, description="How it is written, and so what contracts and drift read.", examples=["parquet"]
    )
    version: str = Field(
        FOLLOW,
        description="A pin (a snapshot, a folder, a tag), or `follow`: the newest, frozen when a run opens.",
        examples=["follow", "2026-11-01"],
        min_length=1,
    )
    partitions: List[str] = Field(
        (), description="The columns it is partitioned by.", examples=[["date", "country"]]
    )
    window: Maybe[Window] = Field(
        None, description="Read only the newest part.", examples=[{"last": "30d", "by": "eventTime"}]
    )
    read: Literal["auto", "mount", "copy", "stream"] = Field(
        "auto",
        description="How it comes to a workload; by its size and kind when left to Trimtab.",
        examples=["stream"],
    )
    shard: Literal["none", "byNode", "byProcess"] = Field(
        "none", description="Whether each node or process sees its own part only.", examples=["byNode"]
    )
    expect: Maybe[Expect] = Field(
        None,
        description="The data contract, checked before anything reads it.",
        examples=[{"rows": {"min": 1000}}],
    )
    classification: Maybe[Classification] = Field(
        None, description="How confidential it is.", examples=["restricted"]
    )
    retain: Maybe[Duration] = Field(
        None, description="How long its versions are kept; for ever when left out.", examples=["400d"]
    )


class Backfill(Model):
    """Occurrences of the schedule that lie in the past are run too."""

    since: Date = Field(description="The first day.", examples=["2026-01-01"])
    parallel: Positive = Field(1, description="How many at a time.", examples=[4])


class Pipeline(Workload):
    """A step that makes datasets from datasets. Steps depend on each other by what they read and write."""

    schedule: Maybe[Schedule] = Field(
        None,
        description="When it runs again; once per recipe when left out.",
        examples=[{"cron": "15 2 * * *", "timezone": "Europe/Berlin"}],
    )
    backfill: Maybe[Backfill] = Field(
        None, description="Run what was due in the past, too.", examples=[{"since": "2026-01-01"}]
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
        {},
        description="Every name that is read or written.",
        examples=[{"features": {"format": "parquet"}}],
    )
    models: Map[Name, BaseModelSource] = Field(
        {},
        description="Models that others start from.",
        examples=[{"llama": {"uri": "hf://meta-llama/Llama-3.3-70B", "revision": "6f6073b"}}],
    )
    pipelines: Map[Name, Pipeline] = Field(
        {}, description="Steps that make datasets.", examples=[{"buildFeatures": {"writes": ["features"]}}]
    )
    feature_store: Maybe[FeatureStore] = Field(
        None,
        description="Features that trainings and endpoints share.",
        examples=[{"feast": {}, "views": {}}],
    )
