"""What Jobs are: training that finds its ranks, pipelines, contracts, evaluations, look-ups."""

from __future__ import annotations

import json
from typing import Any

import pytest
from compiled_specs import CLUSTER, SOURCES, bundle, digits, manifest, pod_specs, run, spec

from trimtab.compiler.bundle import Bundle, Late, Manifest, RunKind, Slot, SlotKind

RUN_NAME = Late((Slot(SlotKind.RUN_NAME),))


def container(made: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = made.body["spec"]["template"]["spec"]["containers"][0]
    return found


def variables(made: Manifest) -> dict[str, Any]:
    return {v["name"]: v.get("value") for v in container(made)["env"]}


def mounts(made: Manifest) -> dict[str, tuple[str, str, bool]]:
    return {
        m["mountPath"]: (m["name"], str(m.get("subPath", "")), m.get("readOnly", False))
        for m in container(made)["volumeMounts"]
    }


@pytest.fixture(scope="module")
def laptop() -> Bundle:
    return bundle(digits())


def test_a_training_is_an_indexed_job_behind_a_headless_service(laptop: Bundle) -> None:
    service, job = run(laptop, "classifier").workload
    assert service.body["metadata"]["name"] == RUN_NAME
    assert service.body["spec"]["clusterIP"] == "None"
    assert service.body["spec"]["publishNotReadyAddresses"] is True
    assert job.body["spec"]["template"]["spec"]["subdomain"] == RUN_NAME
    fixed = {
        key: value for key, value in job.body["spec"].items() if key not in {"template", "podFailurePolicy"}
    }
    assert fixed == {
        "completionMode": "Indexed",
        "completions": 2,
        "parallelism": 2,
        "backoffLimitPerIndex": 3,
        "maxFailedIndexes": 0,
        "podReplacementPolicy": "Failed",
        "activeDeadlineSeconds": 900,
    }


def test_the_service_selects_what_the_pods_carry(laptop: Bundle) -> None:
    service, job = run(laptop, "classifier").workload
    chosen = service.body["spec"]["selector"]
    assert chosen.items() <= job.body["spec"]["template"]["metadata"]["labels"].items()


def test_torchrun_reads_all_of_its_options_from_the_environment(laptop: Bundle) -> None:
    job = run(laptop, "classifier").workload[-1]
    assert container(job)["command"][:4] == ["python", "-m", "torch.distributed.run", "--no-python"]
    found = {name: str(value) for name, value in variables(job).items() if name.startswith("PET_")}
    assert found == {
        "PET_NNODES": "2",
        "PET_NPROC_PER_NODE": "1",
        "PET_RDZV_BACKEND": "c10d",
        "PET_RDZV_ENDPOINT": "<run.workload>-0.<run.name>:29500",
        "PET_RDZV_ID": "<run.workload>",
        "PET_MAX_RESTARTS": "3",
    }


def test_a_training_is_told_where_everything_is(laptop: Bundle) -> None:
    job = run(laptop, "classifier").workload[-1]
    told = {name: str(value) for name, value in variables(job).items() if name.startswith("TRIMTAB_")}
    assert told == {
        "TRIMTAB_ROOT": "/trimtab",
        "TRIMTAB_INPUT": "$(TRIMTAB_ROOT)/input",
        "TRIMTAB_OUTPUT": "$(TRIMTAB_ROOT)/output",
        "TRIMTAB_RECORD": "$(TRIMTAB_ROOT)/record",
        "TRIMTAB_CHECKPOINTS": "$(TRIMTAB_ROOT)/checkpoints",
        "TRIMTAB_CODE": "$(TRIMTAB_ROOT)/code",
        "TRIMTAB_PARAMS": "$(TRIMTAB_ROOT)/params/params.json",
        "TRIMTAB_RUN": "classifier",
        "TRIMTAB_RUN_NAME": "<run.name>",
        "TRIMTAB_RUN_KEY": "<run.key>",
        "TRIMTAB_TERMINATION_LOG": "$(TRIMTAB_ROOT)/termination-log",
        "TRIMTAB_SEED": "7",
        "TRIMTAB_CHECKPOINT_SECONDS": "2",
        "TRIMTAB_CHECKPOINT_KEEP": "2",
    }
    assert container(job)["workingDir"] == "/trimtab/code"
    assert container(job)["terminationMessagePath"] == "/trimtab/termination-log"


def test_a_training_mounts_each_thing_at_its_place(laptop: Bundle) -> None:
    found = mounts(run(laptop, "classifier").workload[-1])
    assert found["/trimtab/input/images"] == ("digits-artifacts", "<input:images>", True)
    assert found["/trimtab/output"] == ("digits-artifacts", "<run.directory>/output", False)
    assert found["/trimtab/record"] == ("digits-artifacts", "<run.directory>", False)
    assert found["/trimtab/checkpoints"] == ("digits-scratch", "checkpoints/classifier/<run.segment>", False)
    assert found["/trimtab/params"] == ("params", "", True)
    assert found["/dev/shm"] == ("shm", "", False)


def test_a_pipeline_writes_each_dataset_into_a_fresh_directory(laptop: Bundle) -> None:
    found = run(laptop, "prepare")
    assert mounts(found.workload[-1])["/trimtab/output/heldOut"] == (
        "digits-artifacts",
        "data/heldOut/<run.segment>",
        False,
    )
    assert [(w.dataset, w.directory) for w in found.writes] == [
        ("heldOut", "data/heldOut"),
        ("images", "data/images"),
    ]
    assert found.workload[-1].body["spec"]["backoffLimit"] == 3


def test_a_contract_is_told_what_is_expected_and_must_find_nothing_wrong(laptop: Bundle) -> None:
    found = run(laptop, "images-contract")
    files = {v["name"]: v.get("configMap", {}).get("name") for v in pod_of(found.workload[-1])["volumes"]}
    params = json.loads(manifest(laptop, f"ConfigMap/{files['params']}").body["data"]["params.json"])
    assert params["rows"] == {"min": 1000}
    assert params["format"] == "npz"
    assert params["columns"]["pixels"]["nulls"] == {"max": 0.0}
    assert [rule.text for rule in found.accept] == ["violations <= 0"]
    assert mounts(found.workload[-1])["/trimtab/input/images"][2]


def test_an_evaluation_reads_the_model_and_inherits_the_program(laptop: Bundle) -> None:
    found = run(laptop, "classifier-on-held-out")
    job, training = found.workload[-1], run(laptop, "classifier").workload[-1]
    assert mounts(job)["/trimtab/model"] == ("digits-artifacts", "<model:classifier>/output", True)
    assert container(job)["image"] == container(training)["image"]
    assert pod_of(job)["initContainers"] == pod_of(training)["initContainers"]
    assert (found.model, found.reads) == ("classifier", ("heldOut",))
    assert [rule.text for rule in found.accept] == ["accuracy >= 0.95"]


def test_drift_compares_what_was_asked_with_what_was_learnt(laptop: Bundle) -> None:
    found = run(laptop, "inputs-drift")
    assert set(found.reads) == {"requests", "images"}
    assert found.schedule is not None
    assert found.schedule.seconds == 600
    assert found.model == "classifier"


def test_a_look_up_reads_what_the_run_leaves_and_writes_nothing(laptop: Bundle) -> None:
    for found in laptop.runs:
        where = mounts(found.lookup)
        left = {
            p: m[:2]
            for p, m in mounts(found.workload[-1]).items()
            if p.startswith(("/trimtab/output", "/trimtab/rec"))
        }
        assert left.items() <= {p: m[:2] for p, m in where.items()}.items()
        assert all(
            read_only for path, (claim, _, read_only) in where.items() if claim.startswith("digits-")
        ), where
        assert str(found.lookup.ref.name) == "<run.name>-lookup"


def test_no_job_removes_itself(laptop: Bundle) -> None:
    jobs = [m.body["spec"] for r in laptop.runs for m in (*r.workload, r.lookup) if m.ref.kind == "Job"]
    assert not any("ttlSecondsAfterFinished" in spec for spec in jobs)


def test_a_disruption_costs_no_retry_and_a_command_that_is_not_there_gets_none(laptop: Bundle) -> None:
    jobs = [m.body["spec"] for r in laptop.runs for m in (*r.workload, r.lookup) if m.ref.kind == "Job"]
    for job in jobs:
        ignored, final = job["podFailurePolicy"]["rules"]
        assert ignored["action"] == "Ignore"
        assert (final["action"], final["onExitCodes"]["values"]) == ("FailJob", [126, 127])


def test_code_is_unpacked_by_the_runtime_before_the_program_starts() -> None:
    made = bundle(digits(environment="cluster"), CLUSTER)
    pod = pod_of(run(made, "classifier").workload[-1])
    assert pod["initContainers"][0]["image"] == CLUSTER.runtime_image
    assert pod["initContainers"][0]["command"][-1] == "unpack"
    config = next(v["configMap"]["name"] for v in pod["volumes"] if v["name"] == "code-archive")
    assert config == "digits-code-" + 12 * "c"
    assert manifest(made, f"ConfigMap/{config}").body["immutable"] is True


def test_on_this_machine_a_lock_is_the_image(laptop: Bundle) -> None:
    job = run(laptop, "classifier").workload[-1]
    lock = SOURCES.locks["requirements.txt"]
    assert container(job)["image"] == f"trimtab.local/python@{lock.digest}"
    config = job.body["spec"]["template"]["metadata"]["annotations"]["trimtab.dev/lock"]
    assert manifest(laptop, f"ConfigMap/{config}").body["data"] == {"requirements.txt": lock.text}


def test_without_a_launcher_a_training_is_one_plain_pod() -> None:
    made = bundle(spec("training:\n  c: {command: [python], code: {path: src}, retries: 0}"))
    (job,) = run(made, "c").workload
    assert container(job)["command"] == ["python"]
    assert job.body["spec"]["backoffLimit"] == 0
    assert not [name for name in variables(job) if name.startswith("PET_")]


def test_what_does_not_say_what_it_takes_gets_the_node() -> None:
    made = bundle(spec("training:\n  c: {command: [python], code: {path: src}}"))
    asked = {"cpu": "3600m", "memory": "14745Mi"}
    assert container(run(made, "c").workload[-1])["resources"] == {"requests": asked, "limits": asked}


@pytest.mark.parametrize("environment", ["laptop", "cluster"])
def test_every_pod_keeps_the_restricted_standard(environment: str) -> None:
    made = bundle(digits(environment=environment), CLUSTER) if environment == "cluster" else bundle(digits())
    pods = list(pod_specs(made))
    assert len(pods) == 11
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for one in (*pod["containers"], *pod.get("initContainers", ())):
            assert one["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
        assert all(
            set(v) & {"persistentVolumeClaim", "configMap", "emptyDir", "secret"} for v in pod["volumes"]
        )


def test_runs_are_of_every_kind(laptop: Bundle) -> None:
    assert {found.kind for found in laptop.runs} == set(RunKind)


def pod_of(made: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = made.body["spec"]["template"]["spec"]
    return found


def test_an_evaluation_without_a_pool_takes_its_trainings() -> None:
    body = """
training:
  c:
    command: [python]
    code: {path: src}
    pool: big
    evaluate: {e: {command: [python]}}
"""
    pools = ("{cpu: {node: {cpu: 4, memory: 16Gi}}}", "{cpu: {}, big: {node: {cpu: 10, memory: 20Gi}}}")
    made = bundle(spec(body, pools))
    assert container(run(made, "c-e").workload[-1])["resources"]["requests"]["cpu"] == "9"
