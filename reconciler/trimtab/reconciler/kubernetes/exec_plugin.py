"""Running the program that a kubeconfig names for credentials (client.authentication.k8s.io): what it prints is a token
or a client certificate.

The official package runs it without a time limit and swallows its failures; here each is one sentence. A plugin is
never asked anything: it has no terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trimtab.reconciler.cluster import ClusterUnavailable

LIMIT_SECONDS = 60.0
"""A log-in in a browser takes its time; a plugin that has not answered by then never will."""

_LONGEST_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Issued:
    """What a plugin gave. `expires` is a time in seconds since the epoch, None where it lasts."""

    token: str = field(default="", repr=False)
    certificate: str = ""
    key: str = field(default="", repr=False)
    expires: float | None = None


async def run(plugin: Mapping[str, Any], cluster: Mapping[str, Any], folder: Path) -> Issued:
    """`plugin` is a kubeconfig's `exec`, `cluster` its cluster, `folder` where it lies. Raises ClusterUnavailable."""
    command = str(plugin.get("command") or "")
    printed = await _output(command, plugin, cluster, folder)
    try:
        return _issued(json.loads(printed), plugin)
    except _Rubbish as what:
        raise _useless(command, str(what)) from None
    except ValueError:
        raise _useless(command, "no JSON") from None


async def _output(command: str, plugin: Mapping[str, Any], cluster: Mapping[str, Any], folder: Path) -> bytes:
    argv = [_found(command, folder), *(str(argument) for argument in plugin.get("args") or ())]
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(plugin, cluster),
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        hint = str(plugin.get("installHint") or "install it, or choose another context").strip()
        raise ClusterUnavailable(
            f"the credential plugin `{command}` can't be started ({error.strerror}): {hint}"
        ) from error
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            printed, complaint = await process.communicate()
    except TimeoutError:
        await _end(process)
        raise ClusterUnavailable(
            f"the credential plugin `{command}` did not answer within {LIMIT_SECONDS:.0f} s: "
            "run it by hand and see what it waits for"
        ) from None
    except asyncio.CancelledError:
        await _end(process)
        raise
    if process.returncode:
        said = " ".join(complaint.decode(errors="replace").split())[-_LONGEST_COMPLAINT:]
        raise ClusterUnavailable(
            f"the credential plugin `{command}` failed with exit code {process.returncode}"
            f"{': ' + said if said else ', without a word'}; run it by hand, or log in again"
        )
    return printed


async def _end(process: asyncio.subprocess.Process) -> None:
    """With all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _found(command: str, folder: Path) -> str:
    """A path is meant from the kubeconfig's folder, a name from PATH, as kubectl has it."""
    return str(folder / command) if "/" in command else command


def _environment(plugin: Mapping[str, Any], cluster: Mapping[str, Any]) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = _told_of(cluster)
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    given = {str(each["name"]): str(each["value"]) for each in plugin.get("env") or ()}
    return {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _told_of(cluster: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "server",
        "tls-server-name",
        "insecure-skip-tls-verify",
        "certificate-authority-data",
        "proxy-url",
    )
    told = {key: cluster[key] for key in kept if key in cluster}
    for extension in cluster.get("extensions") or ():
        if extension.get("name") == "client.authentication.k8s.io/exec":
            told["config"] = extension.get("extension")
    return told


class _Rubbish(Exception):
    pass


def _issued(said: Any, plugin: Mapping[str, Any]) -> Issued:
    if not isinstance(said, dict) or said.get("kind") != "ExecCredential":
        raise _Rubbish("something else than an ExecCredential")
    if said.get("apiVersion") != plugin.get("apiVersion"):
        raise _Rubbish(f"{said.get('apiVersion')}, where the kubeconfig says {plugin.get('apiVersion')}")
    status = said.get("status")
    if not isinstance(status, dict):
        raise _Rubbish("no status")
    token, certificate, key = (
        status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if not all(isinstance(text, str) for text in (token, certificate, key)):
        raise _Rubbish("a credential that is no text")
    if not token and not (certificate and key):
        raise _Rubbish("neither a token nor a client certificate with its key")
    return Issued(token.strip(), certificate, key, _expiry(status.get("expirationTimestamp")))


def _expiry(text: Any) -> float | None:
    if not text:
        return None
    try:
        expires = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise _Rubbish(f"the expirationTimestamp {str(text)[:40]!r}") from None
    return (expires if expires.tzinfo else expires.replace(tzinfo=UTC)).timestamp()


def _useless(command: str, what: str) -> ClusterUnavailable:
    return ClusterUnavailable(
        f"the credential plugin `{command}` printed {what}: run it by hand, it must print an ExecCredential"
    )
