"""The yardstick: a program that does nothing but send one server-side apply an object, 24 at a time.

    python raw_writer.py URL AUTHORITY CERTIFICATE KEY OBJECTS_FILE

It plans nothing, waits for nothing, and remembers nothing.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import aiohttp

IN_FLIGHT = 24
HEADERS = {"Content-Type": "application/apply-patch+yaml"}
QUERY = "fieldManager=raw&force=true"


async def main(url: str, authority: str, certificate: str, key: str, file: str) -> None:
    trust = ssl.create_default_context(cafile=authority)
    trust.load_cert_chain(certificate, key)
    waiting = json.loads(Path(file).read_text())
    connector = aiohttp.TCPConnector(ssl=trust, limit=IN_FLIGHT)
    async with aiohttp.ClientSession(url, connector=connector, headers=HEADERS) as session:
        await asyncio.gather(*(_write(session, waiting) for _ in range(IN_FLIGHT)))


async def _write(session: aiohttp.ClientSession, waiting: list[dict[str, Any]]) -> None:
    while waiting:
        found = waiting.pop()
        async with session.patch(f"{_path(found)}?{QUERY}", data=json.dumps(found)) as answer:
            answer.raise_for_status()
            await answer.read()


def _path(found: dict[str, Any]) -> str:
    version, metadata = found["apiVersion"], found["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{metadata['namespace']}/{found['kind'].lower()}s/{metadata['name']}"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
