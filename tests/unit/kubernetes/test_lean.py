"""aiohttp is imported without the machine's authorities, and its own contexts trust nobody."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import json, os
before = dict(os.environ)
import trimtab.reconciler.kubernetes
from aiohttp import connector
print(json.dumps({
    "same environment": before == dict(os.environ),
    "verifies": connector._SSL_CONTEXT_VERIFIED.verify_mode.name,
    "trusts": [connector._SSL_CONTEXT_VERIFIED.cert_store_stats(), connector._SSL_CONTEXT_UNVERIFIED.cert_store_stats()],
}))
"""


@pytest.mark.parametrize("variables", [{}, {"SSL_CERT_FILE": "/etc/hosts"}])
def test_aiohttp_reads_no_authorities_and_the_environment_stays(variables: dict[str, str]) -> None:
    command = [sys.executable, "-c", PROBE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": "", **variables})
    nobody = {"x509": 0, "crl": 0, "x509_ca": 0}
    assert json.loads(done.stdout) == {
        "same environment": True,
        "verifies": "CERT_REQUIRED",
        "trusts": [nobody, nobody],
    }


def test_who_has_threads_that_may_start_processes_keeps_the_environment() -> None:
    probe = """
import json, os, sys, threading
over, seen = threading.Event(), []
class Watching:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("aiohttp"):
            seen.append(os.environ.get("SSL_CERT_FILE"))
thread = threading.Thread(target=over.wait)
thread.start()
sys.meta_path.insert(0, Watching())
import trimtab.reconciler.kubernetes
over.set()
print(json.dumps(sorted(set(seen), key=str)))
"""
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env={"PATH": ""}
    )
    assert json.loads(done.stdout) == [None]
