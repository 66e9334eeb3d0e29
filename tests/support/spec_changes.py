"""A change of the example for each path that can be compiled: what a test of the whole language goes through."""

from __future__ import annotations

from typing import Any

from own_objects import config_map, deployment
from spec_trees import Path

DATA, TRAINING = ("data",), ("training", "classifier")
PIPELINE, EVALUATION = (*DATA, "pipelines", "prepare"), (*TRAINING, "evaluate", "onHeldOut")
ENDPOINT, DRIFT = ("deployment", "recognizer"), ("monitoring", "drift", "inputs")
COLUMN = (*DATA, "datasets", "images", "expect", "columns", "pixels")


def workload(path: Path) -> dict[Path, Any]:
    return {
        (*path, "command"): ["python", "-m", "digits.other"],
        (*path, "env"): {"A": "1"},
        (*path, "env", "B"): {"secret": "hf", "key": "token"},
        (*path, "env", "C"): {"secretFile": "hf", "key": "token"},
        (*path, "env", "D"): {"secretFile": "hf", "key": "other"},
        (*path, "pool"): "other",
        (*path, "resources"): {"cpu": 3, "memory": "1Gi"},
        (*path, "resources", "memory"): "3Gi",
        (*path, "resources", "storage"): "3Gi",
        (*path, "resources", "sharedMemory"): "100Mi",
        (*path, "reads"): ["pinned"],
        (*path, "timeout"): "7m",
        (*path, "retries"): 7,
        (*path, "attempt"): 2,
    }


CHANGES: dict[Path, Any] = {
    ("metadata", "name"): "other",
    ("metadata", "namespace"): "other",
    ("metadata", "labels", "team"): "other",
    ("metadata", "annotations", "owner"): "somebody",
    (*DATA, "stores", "scratch", "volume", "size"): "2Gi",
    (*DATA, "stores", "scratch", "volume", "class"): "fast",
    (*DATA, "stores", "scratch", "volume", "access"): "one",
    (*DATA, "artifacts", "store"): "scratch",
    (*DATA, "artifacts", "path"): "models",
    (*DATA, "datasets", "images", "store"): "scratch",
    (*DATA, "datasets", "images", "path"): "elsewhere",
    (*DATA, "datasets", "images", "version"): "2026-11-01",
    (*DATA, "datasets", "images", "expect", "rows", "min"): 3,
    (*DATA, "datasets", "images", "expect", "rows", "max"): 3000,
    (*DATA, "datasets", "images", "expect", "freshness", "max"): "1d",
    (*COLUMN, "type"): "int",
    (*COLUMN, "min"): 0.5,
    (*COLUMN, "max"): 0.5,
    (*COLUMN, "values"): [1],
    (*COLUMN[:-1], "name", "pattern"): "x",
    (*COLUMN, "nulls", "max"): "1%",
    (*COLUMN, "duplicates"): {"max": "1%"},
    **workload(PIPELINE),
    (*PIPELINE, "writes"): ["images", "heldOut", "more"],
    ("compute", "pools", "cpu", "node", "cpu"): 8,
    ("compute", "pools", "cpu", "node", "memory"): "32Gi",
    **workload(TRAINING),
    (*TRAINING, "processes"): 2,
    (*TRAINING, "nodes"): 3,
    (*TRAINING, "launcher"): "plain",
    (*TRAINING, "params", "epochs"): 1,
    (*TRAINING, "seed"): 0,
    (*TRAINING, "accept"): {"loss": {"max": 0.4}},
    (*TRAINING, "checkpoint", "every"): "3s",
    (*TRAINING, "checkpoint", "keep"): 3,
    (*TRAINING, "checkpoint", "to"): None,
    **workload(EVALUATION),
    (*EVALUATION, "params"): {"batch": 1},
    (*EVALUATION, "accept", "accuracy", "min"): 0.5,
    (*EVALUATION, "accept", "accuracy", "max"): 0.99,
    **{p: v for p, v in workload(ENDPOINT).items() if p[2] in {"env", "resources"}},
    (*ENDPOINT, "drain"): "1m",
    (*ENDPOINT, "replicas", "min"): 1,
    (*ENDPOINT, "replicas", "max"): 9,
    (*ENDPOINT, "replicas", "target", "cpu"): "50%",
    (*ENDPOINT, "capture", "writes"): ["more"],
    (*ENDPOINT, "capture", "sample"): "10%",
    ("security", "podSecurity"): "baseline",
    ("security", "network", "egress"): ["10.0.0.0/8:443"],
    (*DRIFT, "schedule", "every"): "1h",
    (*DRIFT, "accept", "psi", "max"): 0.5,
    (*DRIFT, "accept", "psi", "min"): 0.0,
    (*DRIFT, "accept", "psi", "minSamples"): 100,
    ("manifests", "settings"): config_map(),
    ("manifests", "cache"): deployment(),
    ("patches", "labelled"): {"target": {"kind": "Service"}, "merge": {"metadata": {"labels": {"a": "b"}}}},
    ("patches", "slow"): {
        "target": {"kind": "Deployment", "name": "recognizer"},
        "json": [{"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 2}],
    },
}
"""A change for each path that can be compiled."""
