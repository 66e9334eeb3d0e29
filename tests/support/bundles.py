"""Small bundles, made by hand, for tests of the reconciler alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.compiler.bundle import (
    Bundle,
    DatasetInfo,
    Edge,
    Endpoint,
    Fact,
    Late,
    Manifest,
    Ref,
    Rule,
    Run,
    RunKind,
    Slot,
    SlotKind,
    Write,
)
from trimtab.compiler.canonical import digest
from trimtab.reconciler.cluster import Health

SYSTEM = "shop"


def manifest(kind: str, name: str, api_version: str = "v1", **body: Any) -> Manifest:
    namespace = "" if kind == "Namespace" else SYSTEM
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    whole = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
    return Manifest(Ref(api_version, kind, namespace, name), whole, {(): ("spec", kind)}, {})


def job(name: tuple[str | Slot, ...], **annotations: str) -> Manifest:
    metadata = {"name": Late(name), "namespace": SYSTEM, "annotations": annotations}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {}}
    return Manifest(Ref("batch/v1", "Job", SYSTEM, str(Late(name))), body, {(): ("spec",)}, {})


def run(name: str, kind: RunKind, **fields: Any) -> Run:
    recipe = {"run": name, **fields.pop("recipe", {})}
    defaults: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "at": ("spec", kind.value, name),
        "recipe": recipe,
        "recipe_digest": digest(recipe),
        "exec_digest": "sha256:0",
        "reads": (),
        "model": None,
        "writes": (),
        "accept": (),
        "workload": (job((Slot(SlotKind.WORKLOAD),), run=name, role="workload"),),
        "lookup": job((Slot(SlotKind.RUN_NAME), "-lookup"), run=name, role="lookup"),
        "retries": 1,
        "attempt": 1,
        "schedule": None,
        "title": f"{kind.value} {name}",
    }
    return Run(**{**defaults, **fields})


def at_least(metric: str, minimum: float) -> Rule:
    text = f"{metric} >= {minimum:g}"
    return Rule(metric, minimum, None, ("spec", "accept", metric), text, digest(text))


def shop(
    rate: float = 0.1,
    accuracy: float = 0.9,
    config: str = "a",
    settings: str = "",
    more: Sequence[Manifest] = (),
) -> Bundle:
    """A pipeline, a contract, a training with an evaluation, and an endpoint: the smallest whole system.

    Each `config` is a ConfigMap of its own; the one of `settings` changes in place.
    """
    model = Slot(SlotKind.MODEL, "train")
    deployment = manifest("Deployment", "web", "apps/v1", spec={"model": Late(("models/", model))})
    return Bundle(
        system=SYSTEM,
        environment="laptop",
        namespace=SYSTEM,
        manifests=(
            manifest("Namespace", SYSTEM),
            manifest("ConfigMap", f"config-{config}", data={"x": config}),
            *((manifest("ConfigMap", "settings", data={"x": settings}),) if settings else ()),
            *more,
            deployment,
        ),
        runs=(
            run("prepare", RunKind.PIPELINE, writes=(Write("images", "c", "data/images"),)),
            run("check", RunKind.CONTRACT, reads=("images",), accept=(at_most("violations", 0),)),
            run("train", RunKind.TRAINING, reads=("images",), recipe={"rate": rate}),
            run("judge", RunKind.EVALUATION, model="train", accept=(at_least("accuracy", accuracy),)),
        ),
        datasets=(DatasetInfo("images", "c", "data/images", "prepare", "check", None, ("spec", "data")),),
        endpoints=(
            Endpoint("web", "train", ("spec", "web"), deployment.ref, Ref("v1", "Service", SYSTEM, "web")),
        ),
        edges=(Edge("Deployment/web", "run:train", Fact.ACCEPTED),),
        spec={"rate": rate, "accuracy": accuracy},
    )


def at_most(metric: str, maximum: float) -> Rule:
    text = f"{metric} <= {maximum:g}"
    return Rule(metric, None, maximum, ("spec", "accept", metric), text, digest(text))


class Store:
    """What the workloads of `shop` leave beside their artifacts, and how their Jobs end."""

    def __init__(self, accuracy: float = 0.95) -> None:
        self.accuracy = accuracy
        self.records: dict[str, dict[str, Any]] = {}
        self.computed: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> Health:
        annotations = body["metadata"]["annotations"]
        key, name = annotations["trimtab.dev/run-key"], annotations["run"]
        if annotations["role"] == "lookup":
            return _ended(self.records.get(key, {"v": 1, "found": False}))
        self.computed.append(key)
        self.records[key] = self._words(name, key)
        return _ended(self.records[key])

    def _words(self, name: str, key: str) -> dict[str, Any]:
        match name:
            case "prepare":
                return {"v": 1, "outputs": {"images": {"digest": "sha256:images"}}}
            case "check":
                return {"v": 1, "metrics": {"violations": 0}}
            case "train":
                return {"v": 1, "metrics": {"loss": 0.1}, "artifact": {"digest": f"sha256:{key}"}}
            case _:
                return {"v": 1, "metrics": {"accuracy": self.accuracy}}


def _ended(words: Mapping[str, Any]) -> Health:
    return Health(finished=True, words=json.dumps(words))
