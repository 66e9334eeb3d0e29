"""Users and service accounts of a test, each with a kubeconfig of its own and the rights that the test gives it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from control_plane import kubeconfigs
from control_plane.api import Api
from control_plane.authority import Authority

RBAC = "rbac.authorization.k8s.io"
TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Identity:
    """`subject` as RBAC names it, `kubeconfig` to be it."""

    subject: dict[str, str]
    kubeconfig: Path


class Users:
    def __init__(self, folder: Path, url: str, authority: Authority, api: Api) -> None:
        self._folder = folder
        self._url = url
        self._authority = authority
        self._api = api

    def named(self, name: str, groups: Sequence[str] = ()) -> Identity:
        """A person, by client certificate; without any right until `allow` or a group of theirs gives one."""
        pair = self._authority.client(name, groups)
        subject = {"kind": "User", "apiGroup": RBAC, "name": name}
        return Identity(subject, self._kubeconfig(pair.certificate.stem, pair))

    def service_account(self, namespace: str, name: str, seconds: int = TOKEN_SECONDS) -> Identity:
        """A new account, by a token that lasts `seconds` (600 at least: the API server takes no less)."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        self._api.create(path, {"metadata": {"name": name}})
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        spec = {"spec": {"expirationSeconds": seconds}}
        token = self._api.create(f"{path}/{name}/token", {**asked, **spec})["status"]["token"]
        subject = {"kind": "ServiceAccount", "namespace": namespace, "name": name}
        return Identity(subject, self._kubeconfig(f"{namespace}-{name}", token, namespace))

    def allow(
        self, identity: Identity, rules: Sequence[dict[str, Any]], namespace: str | None = None
    ) -> None:
        """RBAC `rules`, as in a Role; everywhere where no namespace is given."""
        scope, path = ("Cluster", "") if namespace is None else ("", f"/namespaces/{namespace}")
        metadata = {"name": f"tests-{uuid.uuid4()}"}
        base = f"/apis/{RBAC}/v1{path}"
        self._api.create(f"{base}/{scope.lower()}roles", {"metadata": metadata, "rules": list(rules)})
        role = {"apiGroup": RBAC, "kind": f"{scope}Role", "name": metadata["name"]}
        binding = {"metadata": metadata, "roleRef": role, "subjects": [identity.subject]}
        self._api.create(f"{base}/{scope.lower()}rolebindings", binding)

    def _kubeconfig(self, stem: str, credential: Any, namespace: str = "default") -> Path:
        file = self._folder / f"{stem}.kubeconfig"
        return kubeconfigs.write(file, self._url, self._authority.certificate, credential, namespace)
