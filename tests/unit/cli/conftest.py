"""A small system in whatever state a test wants it, and a folder with one spec to call `trimtab` in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from one_spec import SPEC, Call

from trimtab.cli import main as front
from trimtab.compiler.bundle import Bundle, Endpoint, Every, Manifest, Ref, Rule, Run, RunKind
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.ledger import Inputs, Phase, Record, Verdict
from trimtab.reconciler.state import Now, Served, State, SystemRecord
from trimtab.reconciler.world import World
from trimtab.spec.positions import SpecPath

NOW = 1_800_000_000.0
KEY = "v1:" + "ab" * 32
RULE = Rule(
    "accuracy", 0.95, None, ("spec", "training", "classifier", "accept"), "accuracy >= 0.95", "sha256:r"
)
DEPLOYMENT = Ref("apps/v1", "Deployment", "digits", "recognizer")
SERVICE = Ref("v1", "Service", "digits", "recognizer")


def _manifest(ref: Ref) -> Manifest:
    body = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": {"name": ref.name}}
    return Manifest(ref, body, {(): ("spec",)}, {})


def _run(kind: RunKind, name: str, **more: Any) -> Run:
    fields: dict[str, Any] = {
        "recipe": {},
        "recipe_digest": f"sha256:{name}",
        "exec_digest": "",
        "reads": (),
        "model": None,
        "writes": (),
        "accept": (),
        "workload": (),
        "lookup": _manifest(Ref("batch/v1", "Job", "digits", "look-up")),
        "retries": 0,
        "attempt": 1,
        "schedule": None,
    }
    return Run(kind=kind, name=name, at=("spec", name), title=f"{kind.value} {name}", **(fields | more))


TRAINING = _run(RunKind.TRAINING, "classifier")
EVALUATION = _run(RunKind.EVALUATION, "on-held-out", model="classifier", accept=(RULE,))
DRIFT = _run(RunKind.DRIFT, "inputs", model="classifier", schedule=Every(600))


@pytest.fixture
def bundle() -> Bundle:
    endpoint = Endpoint("recognizer", "classifier", ("spec", "deployment", "recognizer"), DEPLOYMENT, SERVICE)
    return Bundle(
        system="digits",
        environment="laptop",
        namespace="digits",
        manifests=(_manifest(DEPLOYMENT), _manifest(SERVICE)),
        runs=(TRAINING, EVALUATION, DRIFT),
        datasets=(),
        endpoints=(endpoint,),
        edges=(),
        spec={},
    )


def record(run: Run, phase: Phase = Phase.SUCCEEDED, **more: Any) -> Record:
    fields: dict[str, Any] = {
        "key": KEY,
        "recipe": {},
        "inputs": Inputs(model=KEY) if run.model else Inputs(),
        "started": "2027-01-15T07:59:00Z",
        "ended": "" if phase is Phase.RUNNING else "2027-01-15T07:59:41Z",
        "attempt": 1,
    }
    return Record(
        name=f"{run.name}-ababababab",
        run=run.name,
        kind=run.kind,
        recipe_digest=run.recipe_digest,
        phase=phase,
        **(fields | more),
    )


def verdict(accepted: bool, value: float) -> Verdict:
    return Verdict(RULE.digest, RULE.text, accepted, f"accuracy is {value}; the rule is accuracy >= 0.95", "")


def observed(ref: Ref, **health: Any) -> Observed:
    return Observed(ref, f"uid-{ref.name}", "1", 1, "", {}, {}, False, Health(**health))


@pytest.fixture
def trained() -> Record:
    history = {"loss": (2.0, 1.0, 0.5)}
    return record(TRAINING, artifact="sha256:m", metrics={"loss": 0.5, "accuracy": 0.99}, history=history)


@pytest.fixture
def accepted() -> Record:
    return record(EVALUATION, metrics={"accuracy": 0.98}, verdicts=(verdict(True, 0.98),))


@pytest.fixture
def rejected(accepted: Record) -> Record:
    return replace(accepted, metrics={"accuracy": 0.91}, verdicts=(verdict(False, 0.91),))


@pytest.fixture
def running() -> Record:
    return record(TRAINING, Phase.RUNNING)


@pytest.fixture
def serving() -> SystemRecord:
    served = Served("classifier-ababababab", KEY, "runs/classifier", "sha256:m", "2027-01-15T07:59:50Z")
    return SystemRecord("uid", "1", 1, serving={"recognizer": served}, commit="3f2a91c0ffee")


@pytest.fixture
def live() -> Mapping[Ref, Observed]:
    return {
        DEPLOYMENT: observed(DEPLOYMENT, replicas=2, ready_replicas=2),
        SERVICE: observed(SERVICE, address="http://127.0.0.1:41873"),
    }


@pytest.fixture
def world_of(bundle: Bundle) -> Callable[..., World]:
    def make(*records: Record, **more: Any) -> World:
        return World(bundle, State(records={r.name: r for r in records}, **more), Now(NOW))

    return make


@pytest.fixture
def locate() -> Callable[[SpecPath], str]:
    return lambda path: ".".join(map(str, path))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "TRIMTAB_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "fit.py").write_text("print('fit')\n")
    spec = folder / "mlsystem.yaml"
    spec.write_text(SPEC)
    return spec


@pytest.fixture
def trimtab(capsys: pytest.CaptureFixture[str], folder: Path) -> Call:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = front.main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
