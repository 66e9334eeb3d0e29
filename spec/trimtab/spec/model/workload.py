"""The workload core: whatever runs takes these keys, with the same meaning everywhere.

Pipelines, trainings, evaluations, batch jobs and servers are this class with a few keys more. A script sees
`$TRIMTAB_INPUT/<dataset>`, `$TRIMTAB_OUTPUT`, `$TRIMTAB_PARAMS`, and the launcher's own variables.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf, Shorthand
from trimtab.spec.model.values import (
    Cores,
    Cron,
    Duration,
    EnvName,
    Image,
    Name,
    Natural,
    Positive,
    RelativePath,
    Size,
    Timezone,
)

Launcher = Literal["plain", "torchrun", "accelerate", "deepspeed", "mpi", "jax", "ray", "spark"]
Cause = Literal["disruption", "outOfMemory", "error"]


class Code(Model):
    """A folder of the repository that runs on top of the image; alone, on a laptop."""

    path: RelativePath = Field(description="The folder, relative to the spec.", examples=["src"])
    lock: Maybe[RelativePath] = Field(
        None,
        description="The lock file with what the code needs, relative to the spec.",
        examples=["requirements.txt", "uv.lock"],
    )


class EnvValue(Shorthand, OneOf):
    """A variable: a text, or a reference to a secret (as a value, or as the path of a mounted file)."""

    expands: ClassVar[str] = "value"
    short_key: ClassVar[str] = "value"
    short_form: ClassVar[str] = "a text (quote numbers), {secret: name} or {secretFile: name}"
    variants: ClassVar[tuple[str, ...]] = ("value", "secret", "secret_file")

    value: Maybe[str] = Field(None, description="The text itself.", examples=["info"])
    secret: Maybe[Name] = Field(
        None, description="A secret of `security.secrets`; the variable holds its value.", examples=["hf"]
    )
    secret_file: Maybe[Name] = Field(
        None, description="A secret, mounted; the variable holds the file's path.", examples=["hf"]
    )
    key: Maybe[str] = Field(
        None, description="Which entry of a secret that has several.", examples=["token"], min_length=1
    )


class Resources(Model):
    """What each node gives the workload. GPUs that are left out are all of the node's."""

    cpu: Maybe[Cores] = Field(None, description="Cores per node.", examples=[4, "500m"])
    memory: Maybe[Size] = Field(None, description="Memory per node.", examples=["16Gi"])
    gpu: Maybe[Natural] = Field(
        None, description="GPUs per node; the whole node when left out.", examples=[8]
    )
    storage: Maybe[Size] = Field(
        None, description="Scratch space on the node's own disk.", examples=["100Gi"]
    )
    shared_memory: Maybe[Size] = Field(
        None, description="Size of /dev/shm, which data loaders use.", examples=["8Gi"]
    )


class Timeout(Shorthand):
    """How long it may wait, and how long it may run. A duration alone is `run`."""

    expands: ClassVar[str] = "run"
    short_key: ClassVar[str] = "run"
    short_form: ClassVar[str] = "a duration such as 12h, or {queue, run}"

    queue: Maybe[Duration] = Field(
        None, description="How long it may wait for its resources.", examples=["24h"]
    )
    run: Maybe[Duration] = Field(None, description="How long it may run.", examples=["12h"])


class Retries(Shorthand):
    """How often a workload is started again after it ended badly, and after what. A number is `times`."""

    expands: ClassVar[str] = "times"
    short_type: ClassVar[type] = int
    short_key: ClassVar[str] = "times"
    short_form: ClassVar[str] = "a number, or {times, causes, exitCodes}"

    times: Natural = Field(3, description="How often at most.", examples=[3])
    causes: List[Cause] = Field(
        ("disruption", "error"),
        description="After which causes; a lost node, a preemption and a taken spot machine are disruptions.",
        examples=[["disruption"]],
    )
    exit_codes: List[Positive] = Field(
        (), description="Retry an `error` with these exit codes only; all when left out.", examples=[[75]]
    )


class Schedule(OneOf):
    """When it is due: at times of the calendar, at a steady pace, or after a pipeline."""

    variants: ClassVar[tuple[str, ...]] = ("cron", "every", "after")

    cron: Maybe[Cron] = Field(None, description="Times of the calendar.", examples=["15 2 * * *"])
    every: Maybe[Duration] = Field(None, description="A steady pace.", examples=["10m", "1h"])
    after: Maybe[Name] = Field(
        None, description="Whenever this pipeline has published.", examples=["buildFeatures"]
    )
    timezone: Timezone = Field(
        "UTC", description="The zone that `cron` is read in.", examples=["Europe/Berlin"]
    )
    overlap: Literal["skip", "queue", "replace"] = Field(
        "skip",
        description="If one still runs when the next is due: leave that out, let it wait, or stop the one.",
        examples=["skip"],
    )


class Workload(Model):
    """The keys that everything that runs has in common."""

    image: Maybe[Image] = Field(
        None,
        description="The container image, named by digest.",
        examples=["registry.example.com/acme/train@sha256:" + 64 * "0"],
    )
    code: Maybe[Code] = Field(
        None, description="A folder of the repository to run on top of the image.", examples=[{"path": "src"}]
    )
    command: List[str] = Field(
        (),
        description="What to run, once per process of the launcher; a list, no shell.",
        examples=[["python", "-m", "fraud.train"]],
    )
    env: Map[EnvName, EnvValue] = Field(
        {},
        description="Environment variables.",
        examples=[{"LOG_LEVEL": "info", "HF_TOKEN": {"secret": "hf"}}],
    )
    pool: Maybe[Name] = Field(
        None,
        description="The pool of `compute.pools` to run on; may be left out where there is one.",
        examples=["gpu"],
    )
    nodes: Positive = Field(1, description="How many nodes run it together.", examples=[2])
    resources: Resources = Field(
        Resources.model_construct(), description="What it takes on each node.", examples=[{"gpu": 8}]
    )
    processes: Maybe[Positive] = Field(
        None, description="Processes per node; as many as GPUs, else 1, when left out.", examples=[8]
    )
    launcher: Launcher = Field(
        "plain",
        description="What starts the processes and lets them find each other. Programs that need nobody for it, "
        "such as dbt, are `plain`.",
        examples=["torchrun"],
    )
    reads: List[Name] = Field(
        (), description="Datasets it reads, below $TRIMTAB_INPUT.", examples=[["features"]]
    )
    writes: List[Name] = Field(
        (), description="Datasets it writes, below $TRIMTAB_OUTPUT.", examples=[["features"]]
    )
    timeout: Timeout = Field(
        Timeout.model_construct(), description="How long it may wait and run.", examples=[{"run": "12h"}]
    )
    retries: Retries = Field(
        Retries.model_construct(), description="How often it is started again after a bad end.", examples=[3]
    )
    attempt: Positive = Field(
        1, description="Raise it to run the same recipe once more after it failed for good.", examples=[2]
    )
    kubernetes: Map[str, Any] = Field(
        {},
        description="A fragment of the pod spec, merged into what is compiled. An escape hatch.",
        examples=[{"tolerations": [{"key": "dedicated", "operator": "Exists"}]}],
    )
