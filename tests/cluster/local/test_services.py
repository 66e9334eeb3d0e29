"""A Service's address: one that stays, with who is ready behind it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import threading
from contextlib import aclosing
from urllib.parse import urlsplit

import pytest
from engines import LocalEngine, connected, eventually, observed, until
from workloads import container, deployment, job, server, service

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.local import LocalCluster, pod_directory, processes, stop


def get(address: str) -> str:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


async def address_of(cluster: LocalCluster, made: Observed) -> str:
    seen = await until(cluster, made.ref, lambda web: web is not None and web.health.address, "an address")
    assert seen is not None
    return seen.health.address


async def serving(cluster: LocalCluster, namespace: str, answer: str, replicas: int = 2) -> Observed:
    rolling = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    body = deployment(namespace, server(answer), replicas=replicas, strategy=rolling)
    generation = observed(await cluster.apply(body)).generation
    seen = await until(
        cluster,
        Ref("apps/v1", "Deployment", namespace, "web"),
        lambda web: web is not None and web.generation == generation and web.health.ready,
        "ready replicas",
    )
    assert seen is not None
    return seen


async def answers(address: str, text: str) -> None:
    async def answered() -> bool:
        try:
            return await asyncio.to_thread(get, address) == text
        except (OSError, http.client.HTTPException):
            return False

    await eventually(answered, f"the answer {text!r}")


async def test_an_address_answers_for_all_replicas(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(service(namespace)))
    await serving(cluster, namespace, "well")
    await answers(await address_of(cluster, made), "well")


async def test_no_request_fails_while_a_new_version_takes_over(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(service(namespace)))
    await serving(cluster, namespace, "old")
    address = await address_of(cluster, made)
    await answers(address, "old")
    done, seen, failures = threading.Event(), [], []

    def ask() -> None:
        while not done.is_set():
            try:
                seen.append(get(address))
            except (OSError, http.client.HTTPException) as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        await serving(cluster, namespace, "new")

        async def only_new_pods() -> bool:
            return len(await cluster.list("v1", "Pod", namespace)) == 2

        await eventually(only_new_pods, "the end of the old replicas")
        await answers(address, "new")
    finally:
        done.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)
    assert failures == []
    assert set(seen) == {"old", "new"}


async def test_an_address_outlives_its_forwarder_and_the_host(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        made = observed(await cluster.apply(service("shop")))
        await serving(cluster, "shop", "well", replicas=1)
        address = await address_of(cluster, made)
        await answers(address, "well")
        os.kill(int(json.loads((own_engine.state / "host.json").read_bytes())["pid"]), signal.SIGKILL)
        assert await asyncio.to_thread(get, address) == "well"
        await cluster.inspect()
        directory = own_engine.state / "services" / "shop.web.80"
        os.kill(processes.read(directory).pid, signal.SIGKILL)
        await answers(address, "well")
        os.kill(processes.shim_number(directory), signal.SIGKILL)
        await answers(address, "well")
        assert await address_of(cluster, made) == address
    await stop(own_engine.state)
    with pytest.raises(OSError):
        get(address)
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.inspect()
        await answers(address, "well")


async def test_an_address_outlives_the_loss_of_the_database(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        made = observed(await cluster.apply(service("shop")))
        await serving(cluster, "shop", "well", replicas=1)
        address = await address_of(cluster, made)
        await answers(address, "well")
        forwarder = processes.read(own_engine.state / "services" / "shop.web.80").pid
        os.kill(int(json.loads((own_engine.state / "host.json").read_bytes())["pid"]), signal.SIGKILL)
        for part in own_engine.state.glob("engine.db*"):
            part.unlink()
        assert await address_of(cluster, made) == address
        assert processes.read(own_engine.state / "services" / "shop.web.80").pid == forwarder
        assert await asyncio.to_thread(get, address) == "well"


async def test_a_port_that_was_taken_meanwhile_is_replaced(own_engine: LocalEngine) -> None:
    async with connected(own_engine, "trimtab") as cluster:
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        made = observed(await cluster.apply(service("shop")))
        await serving(cluster, "shop", "well", replicas=1)
        before = await address_of(cluster, made)
        await answers(before, "well")
    await stop(own_engine.state)
    with socket.create_server(("127.0.0.1", urlsplit(before).port or 0)):
        async with connected(own_engine, "trimtab") as cluster:
            moved = await until(
                cluster,
                made.ref,
                lambda web: web is not None and web.health.address != before,
                "another address",
            )
            assert moved is not None
            await answers(moved.health.address, "well")


async def test_workloads_reach_a_service_by_its_name(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(service(namespace)))
    await serving(cluster, namespace, "well", replicas=1)
    await answers(await address_of(cluster, made), "well")
    code = (
        "import os, urllib.request\n"
        "open(os.environ['REPORT'], 'wb').write(urllib.request.urlopen(os.environ['WEB']).read())\n"
    )
    env = [{"name": "WEB", "value": f"http://web.{namespace}.svc:80/"}]
    asked = observed(await cluster.create(job(namespace, container(code, env=env), backoffLimit=0)))
    ended = await until(
        cluster, asked.ref, lambda seen: seen is not None and seen.health.finished is not None
    )
    assert ended is not None
    assert ended.health.words == "well"


async def test_a_service_that_is_deleted_answers_no_more(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(service(namespace)))
    await serving(cluster, namespace, "well", replicas=1)
    address = await address_of(cluster, made)
    await answers(address, "well")
    await cluster.delete(made.ref, uid=made.uid)
    await until(cluster, made.ref, lambda seen: seen is None, "its end")
    with pytest.raises(OSError):
        get(address)


async def test_a_replica_that_is_not_ready_gets_no_requests(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(service(namespace)))
    main = server("well")
    main["readinessProbe"] = {"exec": {"command": ["test", "-e", "ready"]}, "periodSeconds": 1}
    await cluster.apply(deployment(namespace, main, replicas=1))
    address = await address_of(cluster, made)
    async with aclosing(cluster.watch([("v1", "Pod")], namespace)) as events:
        async for event in events:
            if event.observed is not None and event.observed.health.active:
                break
    netloc = urlsplit(address)
    with socket.create_connection((netloc.hostname or "", netloc.port or 0)) as client:
        client.settimeout(0.3)
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(30)
        (pod,) = await cluster.list("v1", "Pod", namespace)
        (pod_directory.root(cluster.places.pods / pod.uid, "main") / "ready").touch()
        assert (await asyncio.to_thread(client.recv, 100)).startswith(b"HTTP/1.")
