"""Kubeconfig files that carry all they need: the authority, and a client certificate or a token."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

from control_plane.authority import Pair


def write(
    file: Path,
    server: str,
    authority: Path,
    credential: Pair | str,
    namespace: str = "default",
    context: str = "tests",
) -> Path:
    """`credential` is a client certificate, or a bearer token. Whoever reads the file meanwhile reads a whole one."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "contexts": [
            {"name": context, "context": {"cluster": "tests", "user": "tests", "namespace": namespace}}
        ],
        "clusters": [
            {
                "name": "tests",
                "cluster": {"server": server, "certificate-authority-data": _data(authority)},
            }
        ],
        "users": [{"name": "tests", "user": _user(credential)}],
    }
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(config, indent=1))
    return unfinished.replace(file)


def _user(credential: Pair | str) -> dict[str, str]:
    if isinstance(credential, str):
        return {"token": credential}
    certificate, key = credential
    return {"client-certificate-data": _data(certificate), "client-key-data": _data(key)}


def _data(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
