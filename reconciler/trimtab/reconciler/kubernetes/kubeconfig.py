"""What a kubeconfig says of a context, as kubectl understands it: where, whom to trust, and who we are.

Where it gives no way to log in, that is an error and not silence. Keys stay in memory. Plugins are run by
`exec_plugin.py`, so `Login.plugin` only says which; identity providers are asked by `identity_provider.py`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes import identity_provider, kubeconfig_files
from trimtab.reconciler.kubernetes.kubeconfig_files import Entry, Merged
from trimtab.reconciler.kubernetes.tls import Material

DEFAULT_PLACE = "~/.kube/config"


@dataclass(frozen=True, slots=True)
class Login:
    """A context, understood. `rereads` says that a token comes from where it may be renewed."""

    server: str
    material: Material
    authorization: str = field(default="", repr=False)
    impersonate: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    server_name: str | None = None
    plugin: Mapping[str, Any] | None = None
    cluster: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    rereads: bool = False


class Contexts(NamedTuple):
    names: tuple[str, ...]
    current: str
    places: str


def places() -> str:
    """The files that count, as kubectl has it: KUBECONFIG, else the one in the home folder."""
    return environ.get("KUBECONFIG") or DEFAULT_PLACE


def exists(files: str) -> bool:
    return bool(kubeconfig_files.existing(files))


def contexts(files: str) -> Contexts:
    """Which there are; none where there is no kubeconfig. Raises ClusterUnavailable for one that can't be read."""
    return _contexts(kubeconfig_files.merged(files), files)


def read(context: str, files: str) -> Login:
    """May ask an OIDC provider for a new token, so call it in a thread. Raises ClusterUnavailable."""
    merged = kubeconfig_files.merged(files)
    if context not in merged.contexts:
        raise ClusterUnavailable(_no_context(context, _contexts(merged, files)))
    try:
        return _Reading(context, files, merged).login()
    except ClusterUnavailable:
        raise
    except Exception as error:  # an identity provider's package raises whatever its parts raise
        raise ClusterUnavailable(
            f"the context `{context}` of {files} can't be used ({_first_line(error)})"
        ) from error


def _contexts(merged: Merged, files: str) -> Contexts:
    return Contexts(tuple(merged.contexts), merged.current, files)


def _no_context(context: str, found: Contexts) -> str:
    if not found.names:
        return (
            f"there is no kubeconfig with a context `{context}`: {found.places} names none; "
            "set KUBECONFIG, or `context` of the cluster in the spec"
        )
    return (
        f"{found.places} has no context `{context}`; it has {', '.join(sorted(found.names))}: "
        "set `context` of the cluster in the spec, or KUBECONFIG"
    )


class _Reading:
    """One context, taken apart."""

    def __init__(self, context: str, files: str, merged: Merged) -> None:
        self._context, self._files = context, files
        named = merged.contexts[context].content
        self._user_name = str(named.get("user") or "")
        self._cluster = self._named(merged.clusters, "cluster", str(named.get("cluster") or ""))
        nobody = Entry({}, self._cluster.folder)
        self._user = self._named(merged.users, "user", self._user_name) if self._user_name else nobody

    def _named(self, known: Mapping[str, Entry], what: str, name: str) -> Entry:
        if name not in known:
            raise ClusterUnavailable(
                f"the context `{self._context}` names the {what} `{name}`, which {self._files} does not have: "
                "correct it there"
            )
        return known[name]

    def login(self) -> Login:
        cluster, user = self._cluster.content, self._user.content
        server = str(cluster.get("server") or "").rstrip("/")
        proxy, server_name = cluster.get("proxy-url"), cluster.get("tls-server-name")
        self._check_addresses(server, proxy)
        material, plugin = self._material(server), user.get("exec")
        authorization = self._authorization()
        if not (authorization or material.certificate or plugin) and self._names_a_user(server):
            raise ClusterUnavailable(
                f"the user `{self._user_name}` of the context `{self._context}` gives no usable credentials "
                "(a token, a client certificate, a plugin or OIDC is needed): log in again"
            )
        return Login(
            server,
            material,
            authorization,
            tuple(_impersonation(user)),
            proxy or proxy_of(server),
            str(server_name) if server_name else None,
            plugin,
            cluster,
            self._user.folder,
            rereads="tokenFile" in user or "auth-provider" in user,
        )

    def _check_addresses(self, server: str, proxy: str | None) -> None:
        if not server.startswith(("http://", "https://")):
            raise ClusterUnavailable(
                f"the cluster of the context `{self._context}` has no `server` that begins with https:// or http://: "
                f"correct it in {self._files}"
            )
        if proxy and not proxy.startswith("http"):
            raise ClusterUnavailable(f"{proxy}: only http and https proxies can be used")

    def _material(self, server: str) -> Material:
        if not server.startswith("https"):
            return Material()
        return Material(
            _content(self._cluster, "certificate-authority"),
            _content(self._user, "client-certificate"),
            _content(self._user, "client-key"),
            not self._cluster.content.get("insecure-skip-tls-verify"),
        )

    def _authorization(self) -> str:
        user = self._user.content
        # Beside a plugin the provider counts for nothing, and the package would run the plugin.
        if "auth-provider" in user and "exec" not in user:
            return identity_provider.authorization(self._context, self._files)
        if token := self._token_of_file() or str(user.get("token") or "").strip():
            return f"Bearer {token}"
        if "username" in user and "password" in user:
            pair = f"{user['username']}:{user['password']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        return ""

    def _token_of_file(self) -> str:
        """Empty where it can't be read: a token that stands in the kubeconfig counts then."""
        file = self._user.content.get("tokenFile")
        try:
            return (self._user.folder / file).read_text().strip() if file else ""
        except OSError:
            return ""

    def _names_a_user(self, server: str) -> bool:
        return bool(self._user_name) and server.startswith("https")


def _content(entry: Entry, name: str) -> bytes | None:
    """What stands there itself counts before the file that is named."""
    data, file = entry.content.get(f"{name}-data"), entry.content.get(name)
    if data:
        try:
            return base64.b64decode(data, validate=False)
        except binascii.Error as error:
            raise ClusterUnavailable(f"`{name}-data` of the kubeconfig is not base64 ({error})") from error
    return (entry.folder / file).read_bytes() if file else None


def _impersonation(user: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if user.get("as"):
        yield "Impersonate-User", str(user["as"])
    if user.get("as-uid"):
        yield "Impersonate-Uid", str(user["as-uid"])
    for group in user.get("as-groups") or ():
        yield "Impersonate-Group", str(group)
    for key, values in (user.get("as-user-extra") or {}).items():
        for value in values:
            yield f"Impersonate-Extra-{key}", str(value)


def proxy_of(server: str) -> str | None:
    """What the environment says: HTTPS_PROXY, NO_PROXY and their like."""
    scheme, _, rest = server.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
