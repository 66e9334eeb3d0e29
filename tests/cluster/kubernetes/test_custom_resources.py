"""MLSystem and Run on a real API server: what it takes, what it refuses, and what kubectl shows of them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster_access import client
from control_plane import Access
from custom_resources import schema_of
from engines import observed
from held_processes import eventually
from ledger_records import RECORD
from sound_specs import mirrors

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import ledger, system
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.cluster import Rejected
from trimtab.reconciler.crds import definitions
from trimtab.reconciler.ledger import Phase, Record, Verdict
from trimtab.reconciler.state import Served

NOW = "2026-11-01T00:00:00Z"
ACCEPTED = Verdict("sha256:r", "accuracy >= 0.9", True, "accuracy is 0.98", NOW)


def system_body(namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "digits", "namespace": namespace}
    return {"apiVersion": "trimtab.dev/v1", "kind": "MLSystem", "metadata": metadata, "spec": spec}


def mirrored(kubectl: Any) -> Any:
    """The spec as it is served: the reconciler, which knows it from git, doesn't read it back."""
    return json.loads(kubectl("get", "mlsystem", "digits", "-o", "json"))["spec"]


async def test_the_mirror_of_every_sound_spec_is_taken_as_it_is(
    prepared_cluster: Access, kube_namespace: str, kubectl: Any
) -> None:
    """Each over the one before: what an apply takes out must not leave a trace."""
    async with client(prepared_cluster) as cluster:
        for spec in (spec for _, spec in mirrors()):
            taken = observed(await cluster.apply(system_body(kube_namespace, spec), force=True))
            assert mirrored(kubectl) == spec
            again = observed(await cluster.apply(system_body(kube_namespace, spec)))
            assert (again.revision, again.own) == (taken.revision, taken.own)


async def test_what_is_no_spec_is_refused_at_its_field(prepared_cluster: Access, kube_namespace: str) -> None:
    async with client(prepared_cluster) as cluster:
        answer = await cluster.apply(system_body(kube_namespace, {"training": {"fit": {"nodes": "two"}}}))
        assert isinstance(answer, Rejected)
        assert answer.causes[0].path == ("spec", "training", "fit", "nodes")
        refusal = await cluster.create(system_body(kube_namespace, {"training": {"fit": {"node": 2}}}))
        assert isinstance(refusal, Rejected)
        assert "unknown field" in refusal.message


class Ledger:
    """One Run, written as the reconciler writes it."""

    def __init__(self, plane: Access, namespace: str) -> None:
        self._plane, self._namespace = plane, namespace
        self._revision = ""

    async def open(self) -> Any:
        async with client(self._plane) as cluster:
            answer = await cluster.create(ledger.to_body(RECORD, "digits", self._namespace))
            self._revision = observed(answer).revision
            return answer

    async def write(self, record: Record) -> Any:
        async with client(self._plane) as cluster:
            ref = ledger.ref_of(record, self._namespace)
            answer = await cluster.set_status(ref, ledger.to_status(record), revision=self._revision)
            self._revision = getattr(answer, "revision", self._revision)
            return answer


DONE = replace(
    RECORD,
    phase=Phase.SUCCEEDED,
    attempt=2,
    artifact="sha256:" + 64 * "a",
    metrics={"accuracy": 0.98, "loss": None},
    history={"loss": (2.1, 0.4)},
    outputs={"images": "sha256:1"},
    problems=("column label: 3 nulls",),
    verdicts=(ACCEPTED,),
    started=NOW,
    ended=NOW,
)


async def test_a_run_is_written_step_by_step_and_reads_back(
    prepared_cluster: Access, kube_namespace: str
) -> None:
    run = Ledger(prepared_cluster, kube_namespace)
    await run.open()
    for step in (
        replace(RECORD, phase=Phase.PLANNED),
        replace(RECORD, phase=Phase.QUEUED, attempt=1),
        replace(RECORD, phase=Phase.LOST, attempt=1),
        replace(RECORD, phase=Phase.RUNNING, attempt=2),
        replace(DONE, verdicts=()),
        DONE,
    ):
        written = observed(await run.write(step))
        assert written.body is not None
        read = ledger.from_body(written.body, written.uid, written.revision)
        assert read == replace(step, uid=written.uid, revision=written.revision)


async def test_a_run_never_goes_back(prepared_cluster: Access, kube_namespace: str) -> None:
    run = Ledger(prepared_cluster, kube_namespace)
    await run.open()
    observed(await run.write(DONE))
    for back in (
        replace(DONE, phase=Phase.RUNNING),
        replace(DONE, attempt=1),
        replace(DONE, attempt=1, phase=Phase.FAILED),
    ):
        answer = await run.write(back)
        assert isinstance(answer, Rejected)
        assert "a run only advances" in answer.message
    answer = await run.write(replace(DONE, verdicts=()))
    assert isinstance(answer, Rejected)
    assert "a verdict is never taken back" in answer.message
    observed(await run.write(replace(DONE, attempt=3, phase=Phase.QUEUED)))


@pytest.mark.parametrize(
    "patch",
    [
        '{"retries": 9}',
        '{"key": null}',
        '{"recipe": {"params": {"rate": 0.2}}}',
        '{"inputs": {"datasets": {"x": "y"}}}',
    ],
)
async def test_what_a_run_is_of_never_changes(
    prepared_cluster: Access, kube_namespace: str, patch: str
) -> None:
    await Ledger(prepared_cluster, kube_namespace).open()
    edit = ("--type=merge", "-p", f'{{"spec": {patch}}}')
    with pytest.raises(subprocess.CalledProcessError) as refused:
        prepared_cluster.kubectl("-n", kube_namespace, "patch", "run", RECORD.name, *edit)
    assert "is invalid" in refused.value.stderr


@pytest.fixture
def kubectl(prepared_cluster: Access, kube_namespace: str) -> Any:
    return lambda *arguments: prepared_cluster.kubectl("-n", kube_namespace, *arguments)


async def test_kubectl_lists_and_describes_runs(
    prepared_cluster: Access, kube_namespace: str, kubectl: Any
) -> None:
    run = Ledger(prepared_cluster, kube_namespace)
    await run.open()
    assert kubectl("get", "runs").splitlines()[1].split()[:3] == [RECORD.name, "train", "training"]
    observed(await run.write(DONE))
    head, row = kubectl("get", "runs").splitlines()
    assert head.split() == ["NAME", "RUN", "KIND", "PHASE", "ATTEMPT", "METRICS", "VERDICT", "AGE"]
    assert row.split()[:-1] == [
        *(RECORD.name, "train", "training", "Succeeded", "2"),
        *("accuracy=0.98", "loss=?", "accepted"),
    ]
    assert RECORD.name in kubectl(
        "get", "mlrun", "--field-selector", "status.phase=Succeeded,spec.kind=training"
    )
    assert kubectl("get", "runs", "--field-selector", "status.phase=Failed") == ""
    described = kubectl("describe", "run", RECORD.name)
    assert "Accuracy:  0.98" in described
    assert "Reason:    accuracy is 0.98" in described


async def test_kubectl_shows_a_system_and_waits_for_it(
    prepared_cluster: Access, kube_namespace: str, kubectl: Any
) -> None:
    served = {"recognizer": Served(RECORD.name, RECORD.key, "runs/x", "sha256:0", NOW)}
    waiting = Plan((), (Hold("run:train", HoldKind.WAITING, "runs", ()),), ())
    async with client(prepared_cluster) as cluster:
        made = observed(await cluster.apply(system_body(kube_namespace, {"training": {}})))
        record = system.record_of(made)

        async def told(plan: Plan) -> None:
            nonlocal record
            conditions = system.conditions_of(plan, record.conditions, NOW)
            status = system.status_of(record, served, "", conditions, 40 * "c")
            ref = Ref("trimtab.dev/v1", "MLSystem", kube_namespace, "digits")
            record = system.record_of(
                observed(await cluster.set_status(ref, status, revision=record.revision))
            )

        await told(waiting)
        wait = ("wait", "mlsystem/digits", "--for=condition=Ready", "--timeout")
        with pytest.raises(subprocess.CalledProcessError, match="wait"):
            kubectl(*wait, "0s")
        head, row = kubectl("get", "mlsystem").splitlines()
        assert head.split() == ["NAME", "READY", "SERVING", "COMMIT", "AGE", "MESSAGE"]
        shown = row.split()
        assert shown[:4] == ["digits", "False", f"recognizer={RECORD.name}", 10 * "c"]
        assert shown[5:] == ["run:train:", "runs"]
        await told(Plan((), (), ()))
        assert "condition met" in kubectl(*wait, "20s")
        kubectl("wait", "mls/digits", "--for=condition=Stalled=False", "--timeout=20s")
    assert "Message" in kubectl("describe", "mlsystem", "digits")
    assert "mlsystem.trimtab.dev/digits" in kubectl("get", "trimtab", "-o", "name")


async def test_a_status_of_an_older_spec_is_not_waited_for_in_vain(
    prepared_cluster: Access, kube_namespace: str, kubectl: Any
) -> None:
    """kubectl and kstatus believe `Ready` only where it speaks of the newest generation."""
    async with client(prepared_cluster) as cluster:
        record = system.record_of(
            observed(await cluster.apply(system_body(kube_namespace, {"training": {}})))
        )
        conditions = system.conditions_of(Plan((), (), ()), {}, NOW)
        status = system.status_of(record, {}, "", conditions, "")
        ref = Ref("trimtab.dev/v1", "MLSystem", kube_namespace, "digits")
        observed(await cluster.set_status(ref, status, revision=record.revision))
        newer = system_body(kube_namespace, {"deployment": {}})
        assert observed(await cluster.apply(newer)).generation == record.generation + 1
    with pytest.raises(subprocess.CalledProcessError):
        kubectl("wait", "mlsystem/digits", "--for=condition=Ready", "--timeout=0s")


def described(path: str) -> dict[str, str]:
    """Key -> its description, below a place of our definitions."""
    kind, *keys = path.split(".")
    found = schema_of(definitions()[0 if kind == "mlsystem" else 1])
    for key in keys:
        held = found["properties"][key]
        found = held.get("additionalProperties") or held.get("items") or held
    return {key: inner["description"] for key, inner in found["properties"].items()}


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("mlsystem.spec", ["training\t<map[string]Object>", "compute\t<Object>"]),
        ("mlsystem.spec.training", ["nodes\t<integer>", "retries\t<Object>", "reads\t<[]string>"]),
        ("mlsystem.spec.training.retries", ["times\t<integer>", "causes\t<[]string>"]),
        ("mlsystem.spec.data.stores.volume", ["class\t<string>"]),
        ("mlsystem.status.conditions", ["message\t<string> -required-"]),
        ("run.spec", ["recipeDigest\t<string> -required-"]),
        ("run.status", ["metrics\t<map[string]number>"]),
    ],
)
def test_kubectl_explains_every_key(prepared_cluster: Access, path: str, keys: list[str]) -> None:
    """A moment after a kind is served, the API server describes it too."""

    def explained() -> bool:
        told = prepared_cluster.kubectl("explain", path)
        words = "".join(told.split())
        return all(key in told for key in keys) and all(
            "".join(text.split()) in words for text in described(path).values()
        )

    eventually(explained, f"an explanation of {path} with {keys}")


async def test_somebody_else_who_edits_the_mirror_is_seen(
    prepared_cluster: Access, kube_namespace: str, kubectl: Any, tmp_path: Path
) -> None:
    """Drift of the MLSystem is drift like any other: our own fields differ, and one forced apply heals it."""
    spec = {"training": {"fit": {"command": ["python"], "retries": 2}}}
    async with client(prepared_cluster) as cluster:
        baseline = observed(await cluster.apply(system_body(kube_namespace, spec)))
        kubectl(
            "patch",
            "mlsystem",
            "digits",
            "--type=merge",
            "-p",
            '{"spec":{"training":{"fit":{"retries":{"times":5}}}}}',
        )
        (edited,) = await cluster.list("trimtab.dev/v1", "MLSystem", kube_namespace)
        assert edited.own != baseline.own
        healed = observed(await cluster.apply(system_body(kube_namespace, spec), force=True))
        assert healed.own == baseline.own
        assert mirrored(kubectl) == spec
