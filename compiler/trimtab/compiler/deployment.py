"""The `deployment` section: endpoints, each fed by a training and served by the torch server that we bring."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trimtab.compiler import kubernetes_deployment, network_policy
from trimtab.compiler.bundle import Endpoint, Late, Slot, SlotKind
from trimtab.compiler.compute import shares
from trimtab.compiler.data import DATASETS
from trimtab.compiler.intents import HERE, Mount, Program, Scale, ServerIntent, Work
from trimtab.compiler.kubernetes_deployment import COMPONENT, PORT
from trimtab.compiler.naming import LONGEST_LABEL
from trimtab.compiler.part import Part, joined
from trimtab.compiler.placed import Placed
from trimtab.compiler.program import build, environment, own_program
from trimtab.compiler.run_contract import path_variables
from trimtab.compiler.run_names import training_path, training_run
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.storage import Storage
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.deployment import Capture, Deployment, Replicas

DEPLOYMENT = (*SPEC, "deployment")
LONGEST_ENDPOINT = LONGEST_LABEL - len("-callers")
CAPTURED = "jsonl"
"""The format in which a server of ours keeps requests."""
SERVE = ["python", "-m", "trimtab.runtime", "serve"]


def compile_deployment(site: Site, storage: Storage) -> Part:
    return joined(
        _endpoint(site, storage, name, deployment)
        for name, deployment in sorted(site.spec.deployment.items())
    )


def endpoint_name(site: Site, name: str) -> str:
    return site.endpoint_names.give((*DEPLOYMENT, name), name, longest=LONGEST_ENDPOINT)


def captured_datasets(site: Site) -> dict[str, str]:
    """Each dataset that an endpoint appends to, with the endpoint's Deployment."""
    return {
        deployment.capture.writes[0]: f"Deployment/{endpoint_name(site, name)}"
        for name, deployment in sorted(site.spec.deployment.items())
        if deployment.capture
    }


def _endpoint(site: Site, storage: Storage, name: str, deployment: Deployment) -> Part:
    placed = Placed(deployment, (*DEPLOYMENT, name), site.findings.positions)
    given, training = endpoint_name(site, name), training_run(site, deployment.model)
    mounts = (storage.model(training, placed.at("model")), *_capture_mount(site, storage, placed, deployment))
    variables = path_variables(mounts, ()) | _variables(placed, deployment, training)
    asked = shares(site, deployment, placed.path, site.spec.training[deployment.model])
    intent = ServerIntent(
        name=given,
        at=placed.path,
        work=Work(_server(site, placed, deployment, given), variables, mounts, asked),
        scale=_scale(site, placed, deployment.replicas),
        drain=at(deployment.drain, placed.at("drain")),
    )
    objects = kubernetes_deployment.endpoint(site, intent)
    callers = network_policy.allow_callers(site, given, COMPONENT, placed.path)
    refs = {manifest.ref.kind: manifest.ref for manifest in objects}
    found = Endpoint(given, training, placed.path, refs["Deployment"], refs["Service"])
    return Part(objects=(*objects, callers), endpoints=(found,))


def _server(site: Site, placed: Placed, deployment: Deployment, name: str) -> Program:
    """On this machine in the environment of the training, which has torch."""
    command = [*SERVE, "--name", name, "--host", "$(TRIMTAB_HOST)", "--port", "$(TRIMTAB_PORT_HTTP)"]
    training = site.spec.training[deployment.model]
    trained = Placed(training, training_path(deployment.model), site.findings.positions)
    env, secrets = environment(site, placed)
    return replace(own_program(site, command, build(site, trained).program), env=env, secrets=secrets)


def _variables(placed: Placed, deployment: Deployment, training: str) -> dict[str, Any]:
    digest, key = Slot(SlotKind.MODEL_DIGEST, training), Slot(SlotKind.MODEL_KEY, training)
    return {
        "TRIMTAB_MODEL_DIGEST": at(Late((digest,)), placed.at("model")),
        "TRIMTAB_MODEL_KEY": at(Late((key,)), placed.at("model")),
        **_capture_variables(placed, deployment.capture),
        "TRIMTAB_HOST": "0.0.0.0",  # noqa: S104 - inside a Pod; network policies say who gets there
        "TRIMTAB_PORT_HTTP": str(PORT),
        "TRIMTAB_TERMINATION_LOG": f"{HERE}/termination-log",
    }


def _capture_mount(site: Site, storage: Storage, placed: Placed, deployment: Deployment) -> tuple[Mount, ...]:
    if deployment.capture is None:
        return ()
    _refuse_another_format(site, deployment.capture.writes[0], placed.at("capture", "writes"))
    return (storage.live(deployment.capture.writes[0], placed.at("capture")),)


def _refuse_another_format(site: Site, dataset: str, path: SpecPath) -> None:
    kind = site.spec.data.datasets[dataset].format
    if kind not in (None, CAPTURED):
        message = f"`capture` can't be compiled yet into a dataset in `{kind}`, only in {CAPTURED}"
        site.findings.add("TT401", message, path, ("its format is here", (*DATASETS, dataset, "format")))


def _capture_variables(placed: Placed, capture: Capture | None) -> dict[str, Any]:
    if capture is None:
        return {}
    return {
        "TRIMTAB_CAPTURE_DATASET": at(capture.writes[0], placed.at("capture", "writes")),
        "TRIMTAB_CAPTURE_SAMPLE": at(f"{capture.sample:g}", placed.at("capture", "sample")),
    }


def _scale(site: Site, placed: Placed, replicas: Replicas) -> Scale:
    path, target = placed.at("replicas"), replicas.target
    if replicas.min == 0:
        site.findings.add("TT401", "sleeping at zero replicas can't be compiled yet: keep one awake", path)
    percent = round(target.cpu * 100) if target and target.cpu else 0
    return Scale(
        minimum=at(replicas.min, placed.at("replicas", "min")),
        maximum=at(replicas.max, placed.at("replicas", "max")),
        cpu_percent=at(percent, placed.at("replicas", "target", "cpu")),
        at=path,
    )
