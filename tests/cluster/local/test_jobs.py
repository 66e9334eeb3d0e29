"""Jobs on this machine: they run, are tried again, give up, and say how it went."""

from __future__ import annotations

from typing import Any

from engines import eventually, find, observed, until
from workloads import PYTHON, container, job

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.local import LocalCluster


async def finished(cluster: LocalCluster, made: Observed) -> Observed:
    seen = await until(
        cluster,
        made.ref,
        lambda job: job is not None and job.health.finished is not None,
        "the end of the job",
    )
    assert seen is not None
    return seen


async def ran(cluster: LocalCluster, body: dict[str, Any]) -> Observed:
    return await finished(cluster, observed(await cluster.create(body)))


async def pods(cluster: LocalCluster, namespace: str) -> list[Observed]:
    return list(await cluster.list("v1", "Pod", namespace))


async def test_a_job_ends_well_and_its_words_are_heard(cluster: LocalCluster, namespace: str) -> None:
    code = "import os; print('at work'); open(os.environ['REPORT'], 'w').write('{\"v\": 1}')"
    ended = await ran(cluster, job(namespace, code))
    assert ended.health.finished is True
    assert ended.health.words == '{"v": 1}'
    assert ended.health.exit_code == 0
    assert ended.health.started
    assert ended.health.ended
    assert [line.text async for line in cluster.logs(ended.ref)] == ["at work"]


async def test_a_failing_job_gives_up_and_says_why(cluster: LocalCluster, namespace: str) -> None:
    ended = await ran(cluster, job(namespace, "raise ValueError('no such column')", backoffLimit=1))
    assert ended.health.finished is False
    assert ended.health.reason == "BackoffLimitExceeded"
    assert 'ended with exit code 1, its log ends with "ValueError: no such column"' in ended.health.message
    assert ended.health.restarts == 1
    assert len(await pods(cluster, namespace)) == 2


async def test_only_the_failed_index_is_tried_again(cluster: LocalCluster, namespace: str) -> None:
    """Index 1 fails once; the marks on a claim tell the attempts apart."""
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "scratch", "namespace": namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    await cluster.apply(claim)
    code = (
        "import os, pathlib, sys\n"
        "index = os.environ['JOB_COMPLETION_INDEX']\n"
        "tries = pathlib.Path(os.environ['TRIMTAB_ROOT'], 'scratch', index)\n"
        "before = tries.read_text() if tries.exists() else ''\n"
        "tries.write_text(before + 'x')\n"
        "sys.exit(1 if index == '1' and not before else 0)\n"
    )
    main = container(code, volumeMounts=[{"name": "scratch", "mountPath": "/trimtab/scratch"}])
    body = job(
        namespace,
        main,
        completionMode="Indexed",
        completions=3,
        parallelism=3,
        backoffLimit=2,
        pod={"volumes": [{"name": "scratch", "persistentVolumeClaim": {"claimName": "scratch"}}]},
    )
    ended = await ran(cluster, body)
    assert ended.health.finished is True
    assert ended.health.restarts == 1
    folder = cluster.places.volume(namespace, "scratch")
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"0": "x", "1": "xx", "2": "x"}


async def test_an_index_that_fails_too_often_fails_alone(cluster: LocalCluster, namespace: str) -> None:
    code = "import os, sys; sys.exit(int(os.environ['JOB_COMPLETION_INDEX'] == '1'))"
    body = job(
        namespace, code, completionMode="Indexed", completions=3, parallelism=3, backoffLimitPerIndex=0
    )
    ended = await ran(cluster, body)
    assert ended.health.finished is False
    assert ended.health.reason == "FailedIndexes"
    whole = await cluster.read(ended.ref)
    assert whole is not None
    assert whole["status"]["completedIndexes"] == "0,2"
    assert whole["status"]["failedIndexes"] == "1"


async def test_a_job_over_its_time_is_ended(cluster: LocalCluster, namespace: str) -> None:
    ended = await ran(cluster, job(namespace, "import time; time.sleep(600)", activeDeadlineSeconds=1))
    assert ended.health.finished is False
    assert ended.health.reason == "DeadlineExceeded"
    assert await pods(cluster, namespace) == []


async def test_a_suspended_job_waits_until_it_is_resumed(cluster: LocalCluster, namespace: str) -> None:
    body = job(namespace, "pass", suspend=True)
    made = observed(await cluster.apply(body))
    waiting = await until(cluster, made.ref, lambda seen: seen and seen.health.reason == "Suspended")
    assert waiting is not None
    assert waiting.health.finished is None
    assert await pods(cluster, namespace) == []
    resumed = observed(await cluster.apply({**body, "spec": {**body["spec"], "suspend": False}}))
    assert (await finished(cluster, resumed)).health.finished is True


async def test_an_exit_code_can_fail_a_job_at_once(cluster: LocalCluster, namespace: str) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    body = job(namespace, "raise SystemExit(42)", backoffLimit=5, podFailurePolicy={"rules": [rule]})
    ended = await ran(cluster, body)
    assert ended.health.reason == "PodFailurePolicy"
    assert ended.health.restarts == 0


async def test_a_command_that_is_not_there_is_one_clear_sentence(
    cluster: LocalCluster, namespace: str
) -> None:
    main = {**container(""), "command": ["no-such-program", "--help"]}
    ended = await ran(cluster, job(namespace, main, backoffLimit=3))
    assert ended.health.reason == "NotRunnable"
    assert "`no-such-program` was not found" in ended.health.message
    assert ended.health.exit_code == 127
    assert ended.health.restarts == 0


async def test_a_program_of_its_own_that_is_not_there_is_found_out_too(
    cluster: LocalCluster, namespace: str
) -> None:
    main = {**container(""), "command": ["./run.sh"]}
    ended = await ran(cluster, job(namespace, main, backoffLimit=3))
    assert ended.health.reason == "NotRunnable"
    assert "run.sh" in ended.health.message


async def test_an_image_from_elsewhere_does_not_run_here(cluster: LocalCluster, namespace: str) -> None:
    main = {**container("pass"), "image": "registry.example.com/acme/train:1"}
    ended = await ran(cluster, job(namespace, main))
    assert ended.health.reason == "NotRunnable"
    assert "registry.example.com/acme/train:1" in ended.health.message


async def test_a_job_waits_for_the_config_it_mounts(cluster: LocalCluster, namespace: str) -> None:
    volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
    mounts = [{"name": "settings", "mountPath": "/trimtab/settings"}]
    code = (
        "import os, shutil; shutil.copy(os.environ['TRIMTAB_ROOT'] + '/settings/words', os.environ['REPORT'])"
    )
    made = observed(
        await cluster.create(job(namespace, container(code, volumeMounts=mounts), pod={"volumes": volumes}))
    )
    waiting = await until(cluster, made.ref, lambda seen: seen and seen.health.reason)
    assert waiting is not None
    assert waiting.health.message == "ConfigMap settings is not there"
    metadata = {"name": "settings", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "binaryData": {"words": "aGVsbG8="},
    }
    await cluster.apply(config)
    assert (await finished(cluster, made)).health.words == "hello"


async def test_init_containers_prepare_what_the_main_one_finds(cluster: LocalCluster, namespace: str) -> None:
    mounts = [{"name": "code", "mountPath": "/trimtab/code"}]
    write = "import os; open(os.environ['TRIMTAB_ROOT'] + '/code/{0}', 'w').write('{0}')"
    initial = [
        {**container(write.format("one"), volumeMounts=mounts), "name": "first"},
        {**container("import os; os.rename('one', 'two')", volumeMounts=mounts), "name": "second"},
    ]
    initial[1]["workingDir"] = "/trimtab/code"
    main = container(
        "import os; open(os.environ['REPORT'], 'w').write(' '.join(os.listdir()))", volumeMounts=mounts
    )
    main["workingDir"] = "/trimtab/code"
    body = job(
        namespace, main, pod={"initContainers": initial, "volumes": [{"name": "code", "emptyDir": {}}]}
    )
    assert (await ran(cluster, body)).health.words == "two"


async def test_a_failed_init_container_fails_the_attempt(cluster: LocalCluster, namespace: str) -> None:
    initial = [{**container("raise SystemExit('no archive')"), "name": "unpack"}]
    ended = await ran(cluster, job(namespace, "pass", backoffLimit=0, pod={"initContainers": initial}))
    assert ended.health.finished is False
    assert 'container unpack ended with exit code 1, its log ends with "no archive"' in ended.health.message


async def test_a_pod_may_restart_in_place(cluster: LocalCluster, namespace: str) -> None:
    code = (
        "import os, pathlib, sys; seen = pathlib.Path('seen'); again = seen.exists(); seen.touch(); "
        "sys.exit(0 if again else 1)"
    )
    ended = await ran(cluster, job(namespace, code, pod={"restartPolicy": "OnFailure"}))
    assert ended.health.finished is True
    assert ended.health.restarts == 1
    assert len(await pods(cluster, namespace)) == 1


async def test_deleting_a_job_ends_its_processes_with_grace(cluster: LocalCluster, namespace: str) -> None:
    code = (
        "import os, signal, sys, time\n"
        "def stop(*_):\n"
        "    open(os.environ['DIARY'], 'w').write('checkpoint')\n"
        "    sys.exit(75)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    diary = cluster.places.state / f"{namespace}.diary"
    made = observed(
        await cluster.create(job(namespace, container(code, env=[{"name": "DIARY", "value": str(diary)}])))
    )
    async for line in cluster.logs(made.ref, follow=True):
        assert line.text == "ready"
        break
    assert await cluster.delete(made.ref, uid=made.uid) is None
    await until(cluster, made.ref, lambda seen: seen is None, "the job's end")
    assert diary.read_text() == "checkpoint"
    assert await pods(cluster, namespace) == []
    assert [line.text async for line in cluster.logs(made.ref)] == ["ready"]


async def test_members_of_a_headless_service_find_each_other(cluster: LocalCluster, namespace: str) -> None:
    """Index 1 connects to index 0 by the name and port that a cluster would give it."""
    code = (
        "import os, socket, time\n"
        "host, port = os.environ['MEETING'].split(':')\n"
        "if os.environ['JOB_COMPLETION_INDEX'] == '0':\n"
        "    door = socket.create_server((host, int(port)))\n"
        "    door.accept()[0].sendall(b'well met')\n"
        "else:\n"
        "    while True:\n"
        "        try:\n"
        "            visit = socket.create_connection((host, int(port)))\n"
        "            break\n"
        "        except OSError:\n"
        "            time.sleep(0.01)\n"
        "    open(os.environ['REPORT'], 'wb').write(visit.recv(100))\n"
    )
    metadata = {"name": "gang", "namespace": namespace}
    spec = {"clusterIP": "None", "selector": {"job-name": "gang"}, "ports": [{"port": 29500}]}
    await cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    env = [{"name": "RUN", "value": "gang"}, {"name": "MEETING", "value": "$(RUN)-0.gang:29500"}]
    body = job(
        namespace,
        container(code, env=env),
        name="gang",
        completionMode="Indexed",
        completions=2,
        parallelism=2,
        backoffLimit=0,
        pod={"subdomain": "gang"},
    )
    ended = await ran(cluster, body)
    assert ended.health.words == "well met"


async def test_secrets_reach_the_process_and_nothing_else(cluster: LocalCluster, namespace: str) -> None:
    file = cluster.places.secrets
    file.touch(mode=0o600)
    file.write_text('{"hf": {"token": "s3cr3t-value"}}')
    env = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}}]
    mounts = [{"name": "hf", "mountPath": "/trimtab/hf"}]
    code = (
        "import os, pathlib; token = os.environ['TOKEN']; "
        "assert token == pathlib.Path(os.environ['TRIMTAB_ROOT'], 'hf', 'token').read_text(); "
        "open(os.environ['REPORT'], 'w').write(str(len(token)))"
    )
    body = job(
        namespace,
        container(code, env=env, volumeMounts=mounts),
        backoffLimit=0,
        pod={"volumes": [{"name": "hf", "secret": {"secretName": "hf"}}]},
    )
    ended = await ran(cluster, body)
    assert ended.health.words == "12"
    for path in cluster.places.state.glob("engine.db*"):
        assert b"s3cr3t-value" not in path.read_bytes()
    held = [path for path in cluster.places.pods.rglob("*.json") if b"s3cr3t-value" in path.read_bytes()]
    assert held == []


async def test_a_secret_never_becomes_part_of_a_command_line(cluster: LocalCluster, namespace: str) -> None:
    file = cluster.places.secrets
    file.touch(mode=0o600)
    file.write_text('{"hf": {"token": "s3cr3t-value"}}')
    env = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}}]
    main = {**container("pass", env=env), "args": ["--token=$(TOKEN)"]}
    ended = await ran(cluster, job(namespace, main))
    assert ended.health.reason == "NotRunnable"
    assert "let the program read the variable itself" in ended.health.message


async def test_a_finished_job_may_leave_by_itself(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.create(job(namespace, "pass", ttlSecondsAfterFinished=0)))
    await until(cluster, made.ref, lambda seen: seen is None, "the job's end")

    async def no_pods() -> bool:
        return not await pods(cluster, namespace)

    await eventually(no_pods)


async def test_the_image_of_a_pod_is_the_python_that_runs_us(cluster: LocalCluster, namespace: str) -> None:
    assert PYTHON == "trimtab.local/runtime"
    code = "import os, trimtab.runtime; open(os.environ['REPORT'], 'w').write('imported')"
    ended = await ran(cluster, job(namespace, code, backoffLimit=0))
    assert ended.health.words == "imported"
    assert await find(cluster, Ref("batch/v1", "Job", namespace, "nothing")) is None
