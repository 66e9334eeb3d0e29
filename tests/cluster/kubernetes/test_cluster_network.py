"""The tests' own network: reached from outside by doors alone, and gone with whoever made it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_network import Network, Unavailable, start_network
from cluster_network.plan import BRIDGE
from held_processes import eventually, exists

SUPPORT = Path(__file__).parents[2] / "support"

ECHO = """
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    connection, _ = server.accept()
    said = b""
    while data := connection.recv(65536):
        said += data
    connection.sendall(said[::-1])
    connection.close()
"""

OWNER = """
import subprocess, sys, time
from cluster_network import start_network
with start_network() as network:
    says = [sys.executable, "-c", "import time; print(flush=True); time.sleep(1000)"]
    inside = subprocess.Popen([*network.prefix, *says], stdout=subprocess.PIPE)
    inside.stdout.readline()
    print(network.holder, inside.pid, network.directory, flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def network() -> Iterator[Network]:
    try:
        with start_network() as network:
            yield network
    except Unavailable as reason:
        pytest.skip(str(reason))


@contextmanager
def echo(network: Network, host: str, port: int) -> Iterator[None]:
    """A server inside that echoes backwards, once it has heard all."""
    command = [*network.prefix, sys.executable, "-c", ECHO, host, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield
        server.kill()


def ask(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


@pytest.mark.parametrize("host", ["10.244.0.1", "10.96.7.8", "127.0.0.1"])
def test_a_door_carries_both_ways_until_both_have_ended(network: Network, host: str) -> None:
    text = bytes(range(256)) * 4000
    with echo(network, host, 8000):
        assert ask(network.reach(host, 8000), text) == text[::-1]
    assert network.reach(host, 8000) == network.reach(host, 8000)


def test_a_door_to_nobody_breaks_off(network: Network) -> None:
    with pytest.raises(OSError, match=r"reset|not connected"):
        ask(network.reach("10.244.0.1", 9), b"hello")


def test_nothing_outside_is_seen_from_inside(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        command = [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"]
        inside = subprocess.run([*network.prefix, *command], capture_output=True, text=True)
    assert "ConnectionRefusedError" in inside.stderr
    routes = subprocess.run([*network.prefix, "ip", "route"], capture_output=True, text=True).stdout
    assert "10.244.0.0/16 dev" in routes
    assert "default" not in routes


def test_the_cluster_keeps_its_hardware_address_whoever_comes_and_goes(network: Network) -> None:
    def ip(*words: str) -> str:
        done = subprocess.run([*network.prefix, "ip", *words], capture_output=True, text=True, check=True)
        return done.stdout

    before = ip("link", "show", "dev", BRIDGE).split()
    for number in range(6):
        ip("link", "add", f"one{number}", "type", "veth", "peer", "name", f"other{number}")
        ip("link", "set", f"one{number}", "master", BRIDGE)
    assert before[before.index("link/ether") + 1] in ip("link", "show", "dev", BRIDGE)


def test_what_runs_inside_ends_with_the_network() -> None:
    try:
        with start_network() as network:
            inside = subprocess.Popen([*network.prefix, "sleep", "1000"])
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert inside.wait(20) == -signal.SIGKILL
    assert not network.directory.exists()


@pytest.mark.parametrize("killed", ["owner", "owner and holder"])
def test_nothing_outlives_a_killed_test(network: Network, killed: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner.stdout as said:
        holder, inside, directory = said.readline().split()
    if killed == "owner and holder":
        os.kill(int(holder), signal.SIGKILL)
    owner.kill()
    owner.wait(20)
    if killed == "owner and holder":
        assert exists(int(inside))
    eventually(lambda: not exists(int(holder)), "the holder's end")
    with start_network():
        assert not exists(int(inside))
        assert not Path(directory).exists()
    assert network.directory.exists(), "a network that is held is nobody's leftover"
