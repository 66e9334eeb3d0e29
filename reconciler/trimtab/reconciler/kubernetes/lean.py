"""Keeps aiohttp from reading this machine's authorities: twice as it is imported, a quarter of a command's start-up.

Nothing here rests on the two contexts that aiohttp makes of them: `credentials` gives one of its own for whatever speaks
TLS. Without authorities aiohttp's own trust nobody, so that a request without a context fails, and is never unsafe.
OpenSSL is told by the environment, which belongs to every thread: where there is another, aiohttp is imported as it is.
"""

from __future__ import annotations

import os
import sys
import threading

_WHERE_OPENSSL_LOOKS = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def without_authorities() -> None:
    """Imports aiohttp, unless another thread could start a process meanwhile, which would inherit our environment."""
    if "aiohttp" in sys.modules or threading.active_count() > 1:
        return
    before = {name: os.environ.get(name) for name in _WHERE_OPENSSL_LOOKS}
    os.environ.update(dict.fromkeys(before, os.devnull))
    try:
        import aiohttp  # noqa: F401
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
