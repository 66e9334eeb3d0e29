"""A Pod's folder on this machine, and the files in it that every container of the Pod sees."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cluster_network.plan import DNS

from node_agent.api import Body
from node_agent.environment import host_name

DOMAIN = "cluster.local"


@dataclass(frozen=True)
class PodPlace:
    folder: Path

    @property
    def volumes(self) -> Path:
        return self.folder / "volumes"

    def container(self, name: str) -> Path:
        """For `processes`; beside what that keeps, it holds what `run_container` needs and leaves."""
        return self.folder / "containers" / name

    @property
    def own_files(self) -> dict[str, Path]:
        """Path in each container -> file here."""
        return {f"/etc/{name}": self.folder / name for name in ("hosts", "hostname", "resolv.conf")}

    def make(self, pod: Body, address: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name, spec = host_name(pod), pod["spec"]
        lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]
        domain = f".{pod['metadata']['namespace']}.svc.{DOMAIN}"
        full = f"{name}.{spec['subdomain']}{domain}\t" if spec.get("subdomain") else ""
        lines.append(f"{address}\t{full}{name}")
        lines += [f"{each['ip']}\t" + "\t".join(each["hostnames"]) for each in spec.get("hostAliases") or ()]
        (self.folder / "hosts").write_text("\n".join([*lines, ""]))
        (self.folder / "hostname").write_text(f"{name}\n")
        search = f"{domain[1:]} svc.{DOMAIN} {DOMAIN}"
        resolver = f"nameserver {DNS}\nsearch {search}\noptions ndots:5 timeout:2\n"
        (self.folder / "resolv.conf").write_text(resolver)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
