"""No socket outlives its session, also where a server never takes leave."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from control_plane.authority import Authority

from trimtab.reconciler.kubernetes.connector import Connector

PATIENCE = 30.0
"""Seconds for a client to come."""


class Deaf(threading.Thread):
    """A TLS server that greets one client, reads what it asks, and says nothing more."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(daemon=True)
        self._trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._trust.load_cert_chain(*authority.server("deaf", ["127.0.0.1"]))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked, self.done = threading.Event(), threading.Event()

    def run(self) -> None:
        with self._listening, self._listening.accept()[0] as raw:
            talking = self._trust.wrap_socket(raw, server_side=True)
            talking.recv(1024)
            self.asked.set()
            self.done.wait()
            talking.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path, "authority")


@pytest.fixture
def server(authority: Authority) -> Iterator[Deaf]:
    server = Deaf(authority)
    server.start()
    yield server
    server.done.set()
    server.join()


async def ask_and_give_up(server: Deaf, trust: ssl.SSLContext) -> None:
    async with aiohttp.ClientSession(connector=Connector(ssl=trust)) as session:
        asking = asyncio.ensure_future(session.get(server.url).__aenter__())
        await asyncio.to_thread(server.asked.wait, PATIENCE)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


def test_a_request_that_was_given_up_on_leaves_no_socket(server: Deaf, authority: Authority) -> None:
    trust = ssl.create_default_context(cafile=authority.certificate)
    gc.collect()
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        asyncio.run(ask_and_give_up(server, trust))
        gc.collect()
    assert [str(warning.message) for warning in left] == []
