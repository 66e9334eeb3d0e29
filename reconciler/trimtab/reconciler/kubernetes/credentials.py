"""Who we are to a cluster, and where it is: a context of a kubeconfig, or the account of the Pod that we run in.

What was found is used until it expires or an API server refuses it, then looked up again, once: a token file that was
rotated, a plugin, a new log-in. Nothing is logged; failures are one sentence with the next step.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import Any

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes import exec_plugin, kubeconfig, tls
from trimtab.reconciler.kubernetes.access import Access
from trimtab.reconciler.kubernetes.kubeconfig import Login

REREAD_SECONDS = 60.0
"""Token files are rotated long before the token in them expires."""

EARLY_SECONDS = 30.0
"""A token is renewed this long before it ends, so that none ends on its way."""

SETTLING_SECONDS = 5.0
"""What was refused right after it was renewed is not renewed again: a plugin may open a browser each time."""

READ_LIMIT_SECONDS = 60.0

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a Pod finds its own account."""


def of_context(context: str, files: str | None = None) -> Renewing:
    """Of a context by its name; in a Pod without a kubeconfig, of the Pod's own account. Reads nothing yet.

    `files` are kubeconfigs, as the variable KUBECONFIG names them; what that says, where left out.
    """
    places = files or kubeconfig.places()
    if runs_in_cluster() and not kubeconfig.exists(places):
        return Renewing(lambda: _in_thread(_in_cluster))
    return Renewing(lambda: _in_thread(lambda: kubeconfig.read(context, places)))


def runs_in_cluster() -> bool:
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (ACCOUNT / "token").exists()


class Renewing:
    """Implements `Credentials` on top of whatever finds a `Login`."""

    def __init__(self, find: Callable[[], Awaitable[Login]]) -> None:
        self._find = find
        self._access: Access | None = None
        self._until = 0.0
        self._renewed = 0.0
        self._contexts = tls.Contexts()
        self._lock = asyncio.Lock()

    async def access(self) -> Access:
        if self._access is not None and time() < self._until:
            return self._access
        async with self._lock:
            if self._access is None or time() >= self._until:
                self._access = await self._found()
            return self._access

    async def renew(self, refused: Access) -> Access:
        async with self._lock:
            settling = time() - self._renewed < SETTLING_SECONDS
            if self._access is None or (self._access is refused and not settling):
                self._access = await self._found()
                self._renewed = time()
            return self._access

    async def _found(self) -> Access:
        login = await self._find()
        self._until = time() + REREAD_SECONDS if login.rereads else float("inf")
        if login.plugin is not None:
            login = await self._by_plugin(login, login.plugin)
        material = login.material
        headers = (("Authorization", login.authorization),) if login.authorization else ()
        return Access(
            login.server,
            self._contexts.of(material) if _speaks_tls(login) else None,
            headers + login.impersonate,
            login.proxy,
            login.server_name,
        )

    async def _by_plugin(self, login: Login, plugin: Mapping[str, Any]) -> Login:
        issued = await exec_plugin.run(plugin, login.cluster, login.folder)
        if issued.expires is not None:
            self._until = max(time() + SETTLING_SECONDS, issued.expires - EARLY_SECONDS)
        material = login.material
        if issued.certificate:
            material = replace(material, certificate=issued.certificate.encode(), key=issued.key.encode())
        authorization = f"Bearer {issued.token}" if issued.token else login.authorization
        return replace(login, material=material, authorization=authorization)


def _speaks_tls(login: Login) -> bool:
    """With the server, or with the proxy before it."""
    return any(url.lower().startswith("https") for url in (login.server, login.proxy or ""))


def _in_cluster() -> Login:
    """As the package of any language has it: the address in the environment, the token and the authority in files."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT") or "443"
    try:
        token, authority = (ACCOUNT / "token").read_text().strip(), (ACCOUNT / "ca.crt").read_bytes()
    except OSError as error:
        raise ClusterUnavailable(
            f"the account of this Pod can't be used ({error}): see automountServiceAccountToken of the Pod"
        ) from error
    if not (token and authority):
        raise ClusterUnavailable(
            f"the account of this Pod can't be used: its token or ca.crt in {ACCOUNT} is empty"
        )
    server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
    material = tls.Material(authority)
    return Login(server, material, f"Bearer {token}", proxy=kubeconfig.proxy_of(server), rereads=True)


async def _in_thread(read: Callable[[], Login]) -> Login:
    """In a daemon thread: one that an identity provider keeps waiting must not keep this process from ending."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Login] = loop.create_future()

    def run() -> None:
        try:
            result = read()
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            settle(partial(found.set_exception, error))
        else:
            settle(partial(found.set_result, result))

    def settle(how: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if found.done() else how())

    threading.Thread(target=run, name="credentials", daemon=True).start()
    try:
        async with asyncio.timeout(READ_LIMIT_SECONDS):
            return await found
    except TimeoutError:
        raise ClusterUnavailable(
            f"the kubeconfig's identity provider did not answer within {READ_LIMIT_SECONDS:.0f} s: log in again"
        ) from None
