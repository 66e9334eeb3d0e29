"""All that a test asks of a control plane that runs: credentials, users, kubectl, the audit log.

It starts and ends nothing.
"""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from control_plane import kubeconfigs
from control_plane.api import Api
from control_plane.arguments import Places
from control_plane.audit import AuditLog
from control_plane.authority import Authority
from control_plane.users import Users

FACTS = "control-plane.json"


class Access:
    """`kubeconfig` is an administrator's (group `system:masters`), `admin` the same as files with a certificate and a
    key; `authority` issues more certificates, for kubelets too; `api` is for the set-up of a test."""

    def __init__(
        self, programs: Mapping[str, Path], places: Places, prefix: Sequence[str], authority: Authority
    ) -> None:
        self.programs = programs
        self.places = places
        self.prefix = tuple(prefix)
        self.authority = authority
        self.folder = places.folder
        self.url = places.url_for_tests
        self.admin = authority.client("kubernetes-admin", ["system:masters"])
        self.kubeconfig = kubeconfigs.write(
            self.folder / "admin.kubeconfig", self.url, authority.certificate, self.admin
        )
        self.audit = AuditLog(places.audit_log)
        self.api = Api(self.url, authority.certificate, self.admin)
        self.users = Users(self.folder / "users", self.url, authority, self.api)

    def kubectl(self, *arguments: str, stdin: object = None, kubeconfig: Path | None = None) -> str:
        """What the pinned kubectl prints; `stdin` goes to it as JSON. Raises `CalledProcessError`, with its words."""
        who = ["--kubeconfig", str(kubeconfig or self.kubeconfig)]
        cache = ["--cache-dir", str(self.folder / "kubectl-cache")]
        prefix = () if self.places.doors else self.prefix
        told = subprocess.run(
            [*prefix, str(self.programs["kubectl"]), *who, *cache, *arguments],
            input=None if stdin is None else json.dumps(stdin),
            capture_output=True,
            text=True,
        )
        if told.returncode:
            error = subprocess.CalledProcessError(told.returncode, arguments, told.stdout, told.stderr)
            error.add_note(told.stderr)
            raise error
        return told.stdout

    def compact(self) -> None:
        """etcd forgets all history up to now. After a restart of the API server, a watch from before is told 410."""
        revision = self._ask_etcd("range", {"key": "Lw=="})["header"]["revision"]
        self._ask_etcd("compaction", {"revision": revision})

    def write_facts(self) -> None:
        """What `read_facts` needs."""
        places = {**asdict(self.places), "folder": str(self.folder)}
        programs = {name: str(path) for name, path in self.programs.items()}
        facts = {"programs": programs, "places": places, "prefix": self.prefix}
        (self.folder / FACTS).write_text(json.dumps(facts, indent=1))

    def _ask_etcd(self, call: str, body: dict[str, Any]) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.places.etcd_port_for_tests)
        try:
            connection.request("POST", f"/v3/kv/{call}", json.dumps(body))
            return json.load(connection.getresponse())
        finally:
            connection.close()


def connect(folder: Path) -> Access:
    """To a control plane that another process has started in `folder`."""
    facts = json.loads((folder / FACTS).read_text())
    programs = {name: Path(path) for name, path in facts["programs"].items()}
    places = replace(Places(**facts["places"]), folder=folder)
    return Access(programs, places, facts["prefix"], Authority.read(folder / "keys", "authority"))
