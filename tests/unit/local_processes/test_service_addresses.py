"""A Service's address: its backends take turns, come and go, and no request fails for it."""

from __future__ import annotations

import hashlib
import http.client
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from held_processes import Held, eventually
from small_servers import Server, serving, tcp_server

from trimtab.reconciler.local import processes, service_addresses, service_ports
from trimtab.reconciler.local.launch import State


class Address:
    """A forwarder in a shim."""

    def __init__(self, process: Held) -> None:
        self.process = process
        self.port = service_ports.choose(str(process.directory))
        self.tell()
        process.start(service_addresses.forwarder(process.directory, self.port))
        eventually(self.listens, "the listening forwarder")

    def tell(self, *backends: tuple[str, int]) -> None:
        service_addresses.write_backends(self.process.directory, backends)

    def listens(self) -> bool:
        """Asked of the kernel: a connection would take a backend's turn."""
        return f"0100007F:{self.port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            return ask(connection)
        finally:
            connection.close()


def ask(connection: http.client.HTTPConnection) -> str:
    connection.request("POST", "/", body=b"x" * 100)
    response = connection.getresponse()
    assert response.status == 200
    return response.read().decode()


def free_address() -> tuple[str, int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1", int(probe.getsockname()[1])


@pytest.fixture
def address(process: Held) -> Address:
    return Address(process)


def test_backends_take_turns(address: Address) -> None:
    with serving("one", "two", "three") as servers:
        address.tell(*(server.address for server in servers))
        assert Counter(address.ask() for _ in range(9)) == {"one": 3, "two": 3, "three": 3}


def test_one_that_refuses_is_passed_over(address: Address) -> None:
    with serving("one") as [server]:
        address.tell(free_address(), server.address, free_address())
        assert {address.ask() for _ in range(6)} == {"one"}


def test_a_client_waits_for_the_first_backend(address: Address) -> None:
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(address.ask()))
    client.start()
    with serving("late") as [server]:
        address.tell(server.address)
        client.join()
    assert answers == ["late"]


def test_a_removed_backend_keeps_what_is_connected_and_gets_nothing_new(address: Address) -> None:
    with serving("old", "new") as [old, new]:
        address.tell(old.address)
        kept = http.client.HTTPConnection("127.0.0.1", address.port, timeout=20)
        assert ask(kept) == "old"
        address.tell(new.address)
        assert {address.ask() for _ in range(5)} == {"new"}
        assert ask(kept) == "old"
        kept.close()


def echo_to_the_end(connection: socket.socket) -> None:
    """Answers only once the client has ended its side: needs half-open connections."""
    digest, size = hashlib.sha256(), 0
    while data := connection.recv(65536):
        digest.update(data)
        size += len(data)
    connection.sendall(f"{size} {digest.hexdigest()}".encode())


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_an_end_of_one_direction_leaves_the_other_open(address: Address) -> None:
    sent = os.urandom(3_000_000)
    with tcp_server(echo_to_the_end) as backend:
        address.tell(backend)
        with address.connect() as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client).decode() == f"{len(sent)} {hashlib.sha256(sent).hexdigest()}"


def test_both_directions_carry_much_at_once_past_slow_readers(address: Address) -> None:
    there, back = os.urandom(20_000_000), os.urandom(20_000_000)
    received = bytearray()

    def flood(connection: socket.socket) -> None:
        writer = threading.Thread(target=connection.sendall, args=(back,))
        writer.start()
        while len(received) < len(there) and (data := connection.recv(4096)):
            received.extend(data)
        writer.join()

    with tcp_server(flood) as backend:
        address.tell(backend)
        with address.connect() as client:
            writer = threading.Thread(target=client.sendall, args=(there,))
            writer.start()
            answer = read_all(client)
            writer.join()
    assert answer == back
    assert bytes(received) == there


def test_a_server_that_speaks_first_is_heard(address: Address) -> None:
    with tcp_server(lambda connection: connection.sendall(b"hello")) as backend:
        address.tell(backend)
        with address.connect() as client:
            assert read_all(client) == b"hello"


def test_a_broken_backend_is_not_passed_off_as_an_orderly_end(address: Address) -> None:
    def break_off(connection: socket.socket) -> None:
        connection.sendall(b"half an ans")
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with tcp_server(break_off) as backend:
        address.tell(backend)
        with address.connect() as client:
            assert client.recv(100) == b"half an ans"
            client.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                read_all(client)


def test_many_connections_at_once(address: Address) -> None:
    with tcp_server(lambda connection: connection.sendall(connection.recv(10))) as backend:
        address.tell(backend)
        clients = [address.connect() for _ in range(300)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number)
        for number, client in enumerate(clients):
            with client:
                assert read_all(client) == b"%d" % number


@pytest.mark.parametrize("torn", ["", "5", "[[1]]", '[["127.0.0.1", "x"]]'])
def test_a_file_that_makes_no_sense_leaves_things_as_they_are(address: Address, torn: str) -> None:
    with serving("one") as [server]:
        address.tell(server.address)
        assert address.ask() == "one"
        (address.process.directory / "backends.json").write_text(torn)
        assert address.ask() == "one"


def test_a_port_in_use_is_said_and_tried_again(process: Held) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process.start(service_addresses.forwarder(process.directory, port))
        status = process.until(lambda s: s.state is State.WAITING and s.restarts)
        assert status.exit_code == 1
        process.until_log(f"127.0.0.1:{port} can't be listened on: Address already in use\n")
    process.until(lambda s: s.state is State.RUNNING)


def test_a_killed_forwarder_is_back_at_the_same_address(address: Address) -> None:
    with serving("one") as [server]:
        address.tell(server.address)
        os.kill(address.process.status.pid, signal.SIGKILL)
        address.process.until(lambda s: s.state is State.RUNNING and s.restarts == 1)
        eventually(address.listens, "the address")
        assert address.ask() == "one"


def test_a_stop_lets_an_answer_under_way_finish(address: Address) -> None:
    go = threading.Event()

    def answer_late(connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(b"one ")
        go.wait(20)
        connection.sendall(b"two")

    with tcp_server(answer_late) as backend:
        address.tell(backend)
        with address.connect() as client:
            client.sendall(b"x")
            assert client.recv(10) == b"one "
            processes.stop(address.process.directory, grace=20)
            eventually(lambda: not address.listens(), "the end of listening")
            go.set()
            assert read_all(client) == b"two"
    assert address.process.until_ended().exit_code == 0


def test_an_idle_forwarder_stops_at_once(address: Address) -> None:
    processes.stop(address.process.directory, grace=1000)
    assert address.process.until_ended().exit_code == 0


def test_backends_are_written_only_when_they_change(tmp_path: Path) -> None:
    service_addresses.write_backends(tmp_path / "new", [("127.0.0.1", 1)])
    before = (tmp_path / "new" / "backends.json").stat()
    service_addresses.write_backends(tmp_path / "new", [("127.0.0.1", 1)])
    assert (tmp_path / "new" / "backends.json").stat().st_ino == before.st_ino


class Hammer(threading.Thread):
    """Asks without a pause, over one connection as long as the server lets it, or over a new one each time."""

    def __init__(self, port: int, *, keep_alive: bool) -> None:
        super().__init__()
        self.port = port
        self.keep_alive = keep_alive
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.ended.is_set():
            try:
                self.answers[ask(connection)] += 1
            except Exception as failure:  # noqa: BLE001  # each one counts
                self.failures.append(repr(failure))
                connection.close()
            if not self.keep_alive:
                connection.close()
        connection.close()


def replace_one_after_another(
    address: Address, servers: list[Server], asked: Callable[[], int]
) -> list[Server]:
    """What the engine does in a rolling replacement; each step takes place among requests."""
    for number in range(6):
        new = Server(f"new-{number}")
        leaving, *staying = servers
        servers = [*staying, new]
        address.tell(*(server.address for server in servers))
        settled = threading.Event()
        settled.wait(service_addresses.SETTLE)
        leaving.stop()
        before = asked()
        eventually(lambda before=before: asked() > before + 20, "further requests")  # type: ignore[misc]
    return servers


def test_no_request_fails_while_backends_are_replaced(address: Address) -> None:
    servers = [Server("old-1"), Server("old-2")]
    address.tell(*(server.address for server in servers))
    hammers = [Hammer(address.port, keep_alive=number % 2 == 0) for number in range(4)]
    for hammer in hammers:
        hammer.start()
    try:
        servers = replace_one_after_another(
            address, servers, lambda: min(hammer.answers.total() for hammer in hammers)
        )
    finally:
        for hammer in hammers:
            hammer.ended.set()
        for hammer in hammers:
            hammer.join()
        for server in servers:
            server.stop()
    assert [failure for hammer in hammers for failure in hammer.failures] == []
    assert {"new-4", "new-5"} <= {name for hammer in hammers for name in hammer.answers}
