"""Ends well as soon as an API server says that it is ready: python wait_until_ready.py URL AUTHORITY_FILE SECONDS

A program of its own, so that it can be started where the server listens, in whatever network namespace that is.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import time
from urllib.parse import urlsplit

BETWEEN = 0.05


def main(url: str, authority: str, seconds: str) -> int:
    deadline = time.monotonic() + float(seconds)
    trust = ssl.create_default_context(cafile=authority)
    while not _is_ready(urlsplit(url).netloc, trust):
        if time.monotonic() > deadline:
            return 1
        time.sleep(BETWEEN)
    return 0


def _is_ready(host: str, trust: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(host, context=trust, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
