"""A container's environment variables, and `$(NAME)` in them and in its command: Kubernetes' rules, values of this machine.

Pure: what a reference leads to is asked of a `Sources`. A secret's value is never looked at here, only where it is to
be found; so nothing may be composed from one, and no command line can show one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.objects import Body, Stored

_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
_MARKED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")

SecretKey = tuple[str, str]
"""Name of the secret and key in it."""


class Sources(Protocol):
    """Where values come from that a Pod only names."""

    def config(self, name: str) -> Mapping[str, str] | None:
        """A ConfigMap's texts."""

    def secret_keys(self, name: str) -> Iterable[str] | None:
        """A secret's keys, never its values."""

    def addresses(self, text: str) -> str:
        """The text with the names and ports of Services replaced by their addresses here."""


@dataclass(slots=True)
class Variables:
    plain: dict[str, str] = field(default_factory=dict)
    secret: dict[str, SecretKey] = field(default_factory=dict)

    def set(self, name: str, value: str) -> None:
        self.secret.pop(name, None)
        self.plain[name] = value

    def set_secret(self, name: str, key: SecretKey) -> None:
        self.plain.pop(name, None)
        self.secret[name] = key


def variables(pod: Stored, container: Body, local: Mapping[str, str], sources: Sources) -> Variables:
    """`local` are those whose values this machine decides: they stand before all others, and over them."""
    found = Variables(dict(local))
    for source in container.get("envFrom") or ():
        _take_all(found, source, sources)
    for entry in container.get("env") or ():
        name = entry["name"]
        if name in local:
            continue
        if "valueFrom" in entry:
            _take(found, name, entry["valueFrom"], pod, sources)
        else:
            found.set(name, sources.addresses(expand(entry.get("value", ""), found)))
    return found


def command(container: Body, known: Variables) -> tuple[str, ...]:
    return tuple(
        expand(part, known) for part in (*(container.get("command") or ()), *(container.get("args") or ()))
    )


def expand(text: str, known: Variables) -> str:
    """`$(NAME)` of a known variable becomes its value, `$$` a dollar; all else stays as it is."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        if name in known.secret:
            raise Hindered(
                f"`$({name})` would copy a secret into `{text}`: let the program read the variable itself"
            )
        return known.plain.get(name, match.group(0))

    return _REFERENCE.sub(value, text)


def _take(found: Variables, name: str, source: Body, pod: Stored, sources: Sources) -> None:
    if "fieldRef" in source:
        found.set(name, pod_field(pod, source["fieldRef"]["fieldPath"]))
    elif "configMapKeyRef" in source:
        value = _config_value(source["configMapKeyRef"], sources)
        if value is not None:
            found.set(name, value)
    elif "secretKeyRef" in source:
        if (key := _secret_key(source["secretKeyRef"], sources)) is not None:
            found.set_secret(name, key)
    else:
        raise Hindered(
            f"the variable {name} comes from {'/'.join(source)}, which is not known on this machine"
        )


def _take_all(found: Variables, source: Body, sources: Sources) -> None:
    prefix = source.get("prefix", "")
    if (ref := source.get("configMapRef")) is not None:
        for key, value in _config(ref, sources).items():
            found.set(prefix + key, value)
    if (ref := source.get("secretRef")) is not None:
        for key in _secret(ref, sources):
            found.set_secret(prefix + key, (ref["name"], key))


def _config(ref: Body, sources: Sources) -> Mapping[str, str]:
    data = sources.config(ref["name"])
    if data is None and not ref.get("optional"):
        raise Hindered(f"ConfigMap {ref['name']} is not there", "CreateContainerConfigError")
    return data or {}


def _config_value(ref: Body, sources: Sources) -> str | None:
    value = _config(ref, sources).get(ref["key"])
    if value is None and not ref.get("optional"):
        raise Hindered(f"ConfigMap {ref['name']} has no key {ref['key']}", "CreateContainerConfigError")
    return value


def _secret(ref: Body, sources: Sources) -> Sequence[str]:
    keys = sources.secret_keys(ref["name"])
    if keys is None and not ref.get("optional"):
        raise Hindered(f"secret {ref['name']} is not in the secrets file", "CreateContainerConfigError")
    return tuple(keys or ())


def _secret_key(ref: Body, sources: Sources) -> SecretKey | None:
    if ref["key"] in _secret(ref, sources):
        return ref["name"], ref["key"]
    if ref.get("optional"):
        return None
    raise Hindered(
        f"secret {ref['name']} has no key {ref['key']} in the secrets file", "CreateContainerConfigError"
    )


def pod_field(pod: Stored, path: str) -> str:
    """What the downward API says; addresses are this machine's."""
    if marked := _MARKED.fullmatch(path):
        return str((pod.metadata.get(marked[1]) or {}).get(marked[2], ""))
    known: Mapping[str, Any] = {
        "metadata.name": pod.ref.name,
        "metadata.namespace": pod.ref.namespace,
        "metadata.uid": pod.uid,
        "spec.nodeName": "localhost",
        "spec.serviceAccountName": pod.spec.get("serviceAccountName", "default"),
        "status.hostIP": "127.0.0.1",
        "status.podIP": "127.0.0.1",
        "status.podIPs": "127.0.0.1",
        "status.hostIPs": "127.0.0.1",
    }
    if path not in known:
        raise Hindered(f"a field `{path}` of a Pod is not known on this machine")
    return str(known[path])
