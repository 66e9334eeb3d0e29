"""What a kubeconfig says of a context: read, merged and interpreted by the official package, imported here alone.

It knows every way to log in that kubectl knows, but stays silent where it finds none, ignores impersonation and leaves
keys in the shared temporary folder; here the first is an error, the second is read, and the third does not happen.
Plugins are run by `exec_plugin.py`, so `Login.plugin` only says which.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.tls import Material, private_folder

DEFAULT_PLACE = "~/.kube/config"

_reading = Lock()
"""The package remembers for all threads which files it has written, and some of them would be another's folder."""


@dataclass(frozen=True, slots=True)
class Login:
    """A context, understood. `expires` is in seconds since the epoch; `rereads` says that a token comes from a file."""

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
    return os.environ.get("KUBECONFIG") or DEFAULT_PLACE


def exists(files: str) -> bool:
    return any(Path(file).expanduser().exists() for file in files.split(os.pathsep) if file)


def contexts(files: str) -> Contexts:
    """Which there are; none where there is no kubeconfig. Raises ClusterUnavailable for one that can't be read."""
    merged = _merger(files).config
    if merged is None:
        return Contexts((), "", files)
    merged = merged.value
    names = tuple(str(each["name"]) for each in merged["contexts"] if "name" in each)
    return Contexts(names, str(merged.get("current-context") or ""), files)


def read(context: str, files: str) -> Login:
    """May ask an OIDC provider for a new token, so call it in a thread. Raises ClusterUnavailable."""
    found = contexts(files)
    if context not in found.names:
        raise ClusterUnavailable(_no_context(context, found))
    try:
        return _Reading(context, files).login()
    except ClusterUnavailable:
        raise
    except Exception as error:  # the package raises whatever its parts raise
        raise ClusterUnavailable(
            f"the context `{context}` of {found.places} can't be used ({_first_line(error)})"
        ) from error


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


def _merger(files: str) -> Any:
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        return KubeConfigMerger(files)
    except Exception as error:
        raise ClusterUnavailable(f"{files} can't be read as a kubeconfig ({_first_line(error)})") from error


class _Reading:
    """One context, taken apart. Everything it raises is turned into a sentence by `read`."""

    def __init__(self, context: str, files: str) -> None:
        self._merger = _merger(files)
        self._context, self._files = context, files
        whole = self._merger.config.value
        named = _find(whole["contexts"], context).value.get("context") or {}
        self._user_name = str(named.get("user") or "")
        cluster = self._named(whole["clusters"], "cluster", str(named.get("cluster") or ""))
        user = self._named(whole["users"], "user", self._user_name) if self._user_name else None
        self._cluster: Mapping[str, Any] = cluster.value.get("cluster") or {}
        self._user: Mapping[str, Any] = (user.value.get("user") or {}) if user is not None else {}
        self._folder = Path((user or cluster).path).resolve().parent

    def _named(self, nodes: Any, what: str, name: str) -> Any:
        found = _find(nodes, name)
        if found is None:
            raise ClusterUnavailable(
                f"the context `{self._context}` names the {what} `{name}`, which {self._files} does not have: "
                "correct it there"
            )
        return found

    def login(self) -> Login:
        if "proxy-url" in self._cluster and not self._cluster["proxy-url"].startswith("http"):
            raise ClusterUnavailable(f"{self._cluster['proxy-url']}: only http and https proxies can be used")
        with _reading, private_folder() as folder:
            configuration = self._interpreted(str(folder))
            material = _material(configuration)
        plugin = self._user.get("exec")
        authorization = str(configuration.api_key.get("BearerToken") or "").strip()
        if not (authorization or material.certificate or plugin) and self._names_a_user(configuration.host):
            raise ClusterUnavailable(
                f"the user `{self._user_name}` of the context `{self._context}` gives no usable credentials "
                "(a token, a client certificate, a plugin or OIDC is needed): log in again"
            )
        server_name = self._cluster.get("tls-server-name")
        return Login(
            configuration.host,
            material,
            authorization,
            tuple(_impersonation(self._user)),
            self._cluster.get("proxy-url") or proxy_of(configuration.host),
            str(server_name) if server_name else None,
            plugin,
            self._cluster,
            self._folder,
            rereads="tokenFile" in self._user or "auth-provider" in self._user,
        )

    def _interpreted(self, temporary: str) -> Any:
        from kubernetes.client import Configuration
        from kubernetes.config.kube_config import ConfigNode, KubeConfigLoader

        whole = self._merger.config
        users = [
            ConfigNode(node.name, {**node.value, "user": _without_plugin(node.value.get("user"))}, node.path)
            for node in whole.value["users"]
        ]
        merged = ConfigNode(whole.name, {**whole.value, "users": users}, whole.path)
        configuration = Configuration()
        KubeConfigLoader(
            merged,
            self._context,
            config_base_path=None,
            # A refreshed OIDC token may make the old one useless, so it is kept, as kubectl does.
            config_persister=self._merger.save_changes,
            temp_file_path=temporary,
        ).load_and_set(configuration)
        return configuration

    def _names_a_user(self, host: str) -> bool:
        return bool(self._user_name) and host.startswith("https")


def _find(nodes: Any, name: str) -> Any:
    return next((node for node in nodes if node["name"] == name), None)


def _without_plugin(user: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (user or {}).items() if key != "exec"}


def _material(configuration: Any) -> Material:
    def content(path: str | None) -> bytes | None:
        return Path(path).read_bytes() if path else None

    return Material(
        content(configuration.ssl_ca_cert),
        content(configuration.cert_file),
        content(configuration.key_file),
        bool(configuration.verify_ssl),
    )


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
