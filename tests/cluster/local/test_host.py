"""The engine host may die at any time, be lost, be renewed, or be asked for by many at once: nothing that runs notices."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
from children import child
from engines import LocalEngine, connected, eventually, find, next_event, observed, until
from workloads import container, deployment, job, server

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, ClusterUnavailable, HeldBy, Observed
from trimtab.reconciler.local import LocalCluster, pod_directory, processes, stop

WEB = Ref("apps/v1", "Deployment", "shop", "web")
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


def config(name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"},
        "data": data,
    }


def host_of(engine: LocalEngine) -> int:
    return int(json.loads((engine.state / "host.json").read_bytes())["pid"])


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def kill_host(engine: LocalEngine) -> None:
    pid = host_of(engine)
    os.kill(pid, signal.SIGKILL)

    async def gone() -> bool:
        return not runs(pid)

    await eventually(gone, "the host's end")


async def pods(cluster: LocalCluster) -> list[Observed]:
    return list(await cluster.list("v1", "Pod", "shop"))


def process_of(engine: LocalEngine, pod: Observed) -> int:
    return processes.read(pod_directory.container(engine.state / "pods" / pod.uid, "main")).pid


async def serving(cluster: LocalCluster, replicas: int = 1, main: Any = None) -> Observed:
    await cluster.apply(NAMESPACE)
    await cluster.apply(deployment("shop", main or server(), replicas=replicas))
    seen = await until(
        cluster, WEB, lambda web: web is not None and web.health.ready_replicas == replicas, "ready replicas"
    )
    assert seen is not None
    return seen


async def test_workloads_outlive_their_host_and_are_adopted(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (before,) = await pods(cluster)
        process = process_of(own_engine, before)
        await kill_host(own_engine)
        assert runs(process)
        (after,) = await pods(cluster)
    assert after.uid == before.uid
    assert after.health.ready
    assert after.health.restarts == 0
    assert process_of(own_engine, before) == process


async def test_what_ended_without_a_host_is_known_to_the_next(
    own_engine: LocalEngine, tmp_path: Path
) -> None:
    code = (
        "import os, pathlib, time\n"
        "while not pathlib.Path(os.environ['GO']).exists(): time.sleep(0.005)\n"
        "open(os.environ['REPORT'], 'w').write('done')\n"
    )
    go = tmp_path / "go"
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply(NAMESPACE)
        main = container(code, env=[{"name": "GO", "value": str(go)}])
        made = observed(await cluster.create(job("shop", main, backoffLimit=0)))
        await until(cluster, made.ref, lambda seen: seen is not None and seen.health.ready, "its start")
        (pod,) = await pods(cluster)
        directory = pod_directory.container(own_engine.state / "pods" / pod.uid, "main")
        await kill_host(own_engine)
        go.touch()

        async def ended() -> bool:
            return not processes.is_alive(directory)

        await eventually(ended, "the end of the process")
        done = await until(
            cluster, made.ref, lambda seen: seen is not None and seen.health.finished, "the end"
        )
    assert done is not None
    assert done.health.words == "done"
    assert done.health.restarts == 0


async def test_a_watch_goes_on_over_the_death_of_the_host(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster, connected(own_engine, "other") as other:
        await cluster.apply(NAMESPACE)
        gone = observed(await cluster.apply(config("gone")))
        await cluster.apply(config("kept"))
        async with aclosing(cluster.watch([("v1", "ConfigMap")], "shop")) as events:
            while (await next_event(events)).change is not Change.SYNCED:
                pass
            await kill_host(own_engine)
            await other.delete(gone.ref, uid=gone.uid)
            await other.apply(config("new"))
            told = {
                (e.change, e.observed.ref.name)
                for e in [await next_event(events) for _ in range(2)]
                if e.observed
            }
    assert told == {(Change.DELETED, "gone"), (Change.ADDED, "new")}


async def test_writes_in_flight_when_the_host_dies_happen_once(own_engine: LocalEngine) -> None:
    """Half of the clients' writes are cut off; each is asked again, and none happens twice."""
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply(NAMESPACE)
        writes = [asyncio.create_task(cluster.create(config(f"c{number}"))) for number in range(200)]
        await asyncio.sleep(0)
        await writes[20]
        await kill_host(own_engine)
        answers = await asyncio.gather(*writes)
        assert all(isinstance(answer, Observed) for answer in answers)
        there = {each.ref.name: each.uid for each in await cluster.list("v1", "ConfigMap", "shop")}
    assert there == {answer.ref.name: answer.uid for answer in answers if isinstance(answer, Observed)}


async def test_many_who_start_a_host_at_once_share_one(own_engine: LocalEngine) -> None:
    clusters = [own_engine.connect("trimtab") for _ in range(6)]
    try:
        await asyncio.gather(*(cluster.connect() for cluster in clusters))
        uids = {(await cluster.inspect()).uid for cluster in clusters}
    finally:
        await asyncio.gather(*(cluster.close() for cluster in clusters))
    assert len(uids) == 1


async def test_a_second_host_leaves_the_first_alone(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        first = (await cluster.inspect(), host_of(own_engine))
        command = [sys.executable, "-m", "trimtab.reconciler.local.host", str(own_engine.state)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
        assert done.returncode == 3
        assert (await cluster.inspect(), host_of(own_engine)) == first


async def test_a_socket_that_was_swept_away_is_made_again(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.connect()
        first = host_of(own_engine)
        cluster.places.socket().unlink()
        async with connected(own_engine, "other") as other:
            await other.inspect()
        assert host_of(own_engine) == first


async def test_state_that_was_deleted_is_not_answered_from(own_engine: LocalEngine) -> None:
    """A host whose directory is gone ends with its processes; the next one starts empty."""
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (pod,) = await pods(cluster)
        process, host = process_of(own_engine, pod), host_of(own_engine)
    shutil.rmtree(own_engine.state)
    async with connected(own_engine, "trimtab") as cluster:
        assert await cluster.list("apps/v1", "Deployment", "shop") == []

        async def ended() -> bool:
            return not runs(process) and not runs(host)

        await eventually(ended, "the end of what ran")


async def test_stop_ends_everything_and_deletes_nothing(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster, replicas=2)
        finished = observed(await cluster.create(job("shop", "pass")))
        await until(cluster, finished.ref, lambda seen: seen is not None and seen.health.finished, "its end")
        held = [process_of(own_engine, pod) for pod in await pods(cluster) if pod.health.finished is None]
        host = host_of(own_engine)
    assert await stop(own_engine.state)
    assert not any(runs(pid) for pid in [*held, host])
    async with connected(own_engine, "trimtab") as cluster:
        await until(
            cluster, WEB, lambda web: web is not None and web.health.ready_replicas == 2, "new replicas"
        )
        again = await find(cluster, finished.ref)
        assert again is not None
        assert again.health.finished is True
        assert len([pod for pod in await pods(cluster) if pod.health.finished]) == 1


async def test_stop_stops_what_a_killed_host_left(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (pod,) = await pods(cluster)
        process = process_of(own_engine, pod)
    await kill_host(own_engine)
    assert await stop(own_engine.state)
    assert not runs(process)


async def test_stop_of_nothing_is_nothing(tmp_path: Path) -> None:
    assert not await stop(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


async def test_a_stopped_job_goes_on_without_having_failed(own_engine: LocalEngine, tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys, time\n"
        "mark = pathlib.Path(os.environ['MARK'])\n"
        "if mark.exists(): sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, lambda *_: (mark.touch(), sys.exit(75)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    main = container(code, env=[{"name": "MARK", "value": str(tmp_path / "checkpoint")}])
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply(NAMESPACE)
        made = observed(await cluster.create(job("shop", main, backoffLimit=0)))
        async for _ in cluster.logs(made.ref, follow=True):
            break
    await stop(own_engine.state)
    assert (tmp_path / "checkpoint").exists()
    async with connected(own_engine, "trimtab") as cluster:
        ended = await until(
            cluster, made.ref, lambda seen: seen is not None and seen.health.finished is not None
        )
        assert ended is not None
        assert ended.health.finished is True
        assert ended.health.restarts == 0


async def test_a_corrupt_database_is_moved_aside_and_rebuilt(
    own_engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (pod,) = await pods(cluster)
        process = process_of(own_engine, pod)
    await kill_host(own_engine)
    database = own_engine.state / "engine.db"
    for part in own_engine.state.glob("engine.db-*"):
        part.unlink()
    database.write_bytes(b"this is no database at all" * 1000)
    async with connected(own_engine, "trimtab") as cluster:
        web = await until(cluster, WEB, lambda seen: seen is not None and seen.health.ready, "the deployment")
        assert web is not None
        assert web.own == ""
        (after,) = await pods(cluster)
        assert after.uid == pod.uid
        assert process_of(own_engine, after) == process
        assert observed(await cluster.apply(deployment("shop", server(), replicas=1))).own
    (aside,) = own_engine.state.glob("engine.db.corrupt-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert caplog.text.count("engine.db was corrupt, and is kept as") == 1
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.inspect()
    assert caplog.text.count("engine.db was corrupt, and is kept as") == 1, "it is said once"
    assert runs(process)


async def test_a_database_that_is_gone_is_rebuilt_from_what_runs(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (pod,) = await pods(cluster)
    await kill_host(own_engine)
    for part in own_engine.state.glob("engine.db*"):
        part.unlink()
    async with connected(own_engine, "trimtab") as cluster:
        await until(cluster, WEB, lambda seen: seen is not None and seen.health.ready, "the deployment")
        assert [after.uid for after in await pods(cluster)] == [pod.uid]


async def test_a_database_of_a_newer_trimtab_is_refused_in_one_sentence(own_engine: LocalEngine) -> None:
    own_engine.state.mkdir(parents=True)
    connection = sqlite3.connect(own_engine.state / "engine.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    cluster = own_engine.connect("trimtab")
    with pytest.raises(ClusterUnavailable, match="written by a newer Trimtab"):
        await cluster.connect()
    await cluster.close()
    (own_engine.state / "engine.db").unlink()


async def test_a_state_directory_that_can_t_be_one_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    cluster = LocalCluster(tmp_path / "state")
    with pytest.raises(ClusterUnavailable, match="state can't be used: File exists"):
        await cluster.connect()
    await cluster.close()


async def test_a_socket_directory_that_others_can_enter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trimtab").mkdir(mode=0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    cluster = LocalCluster(tmp_path / "state")
    with pytest.raises(ClusterUnavailable, match="must be a directory of yours with mode 0700"):
        await cluster.connect()
    await cluster.close()


async def test_what_no_object_stands_for_is_stopped(own_engine: LocalEngine) -> None:
    """A folder whose Pod is in nobody's records, as when a host is killed between two steps."""
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster)
        (pod,) = await pods(cluster)
        process = process_of(own_engine, pod)
    await kill_host(own_engine)
    with closing(sqlite3.connect(own_engine.state / "engine.db")) as database, database:
        database.execute("DELETE FROM objects WHERE kind IN ('Pod', 'Deployment')")
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.connect()
    assert not runs(process)
    assert not (own_engine.state / "pods" / pod.uid).exists()


async def test_a_killed_writer_blocks_nobody(own_engine: LocalEngine) -> None:
    code = (
        "import asyncio, sys, time\n"
        "from pathlib import Path\n"
        "from trimtab.reconciler.local import LocalCluster\n"
        "lease = asyncio.run(LocalCluster(Path(sys.argv[1])).acquire('here', 'system', 'the other one'))\n"
        "print('held', flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(own_engine.state)]
    with child(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        cluster = own_engine.connect("trimtab")
        refused = await cluster.acquire("here", "system", "me")
        assert isinstance(refused, HeldBy)
        assert refused.holder == "the other one"
        other.kill()
        other.wait()
        lease = await cluster.acquire("here", "system", "me")
        assert not isinstance(lease, HeldBy)
        await lease.release()
        await cluster.close()


async def test_a_host_costs_nothing_while_nothing_happens(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await serving(cluster, main="import time; time.sleep(600)")

        def spent() -> int:
            fields = Path(f"/proc/{host_of(own_engine)}/stat").read_text().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])

        before, began = spent(), time.monotonic()
        await asyncio.sleep(1.5)
        assert (spent() - before) / os.sysconf("SC_CLK_TCK") <= 0.02 * (time.monotonic() - began) + 0.01


async def test_a_long_path_has_a_short_socket(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path / ("x" * 120) / ".trimtab" / "laptop")
    async with connected(engine, "trimtab") as cluster:
        await cluster.inspect()
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(cluster.places.socket()))
    assert await stop(engine.state)
