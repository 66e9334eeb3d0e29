"""With which flags each server starts: pure functions of where it listens and of the files it is given."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from control_plane.authority import Pair

NOT_DIALLED = "192.0.2.1"
"""Of a range for documentation: EndpointSlices refuse a loopback address, and no Pod of ours is on this one."""
AUDIT_FILE_MEGABYTES = 4000
DATABASE_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Places:
    """Where a control plane listens and keeps its files. `address` is an IP address of this machine or namespace.

    `doors` are ports of the tests' own loopback address that lead to API server and etcd, where those run in a
    namespace.
    """

    folder: Path
    address: str
    service_range: str
    port: int
    etcd_port: int
    peer_port: int
    doors: tuple[int, int] | None = None

    @property
    def url(self) -> str:
        """As its own servers, nodes and Pods dial it."""
        return f"https://{self.address}:{self.port}"

    @property
    def url_for_tests(self) -> str:
        return f"https://127.0.0.1:{self.doors[0]}" if self.doors else self.url

    @property
    def etcd_port_for_tests(self) -> int:
        return self.doors[1] if self.doors else self.etcd_port

    @property
    def etcd_url(self) -> str:
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def audit_log(self) -> Path:
        return self.folder / "audit.log"

    @property
    def names(self) -> list[str]:
        """Under which the API server is dialled: from here, and by its Service from within Pods."""
        service = str(next(ipaddress.ip_network(self.service_range).hosts()))
        inside = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
        own = dict.fromkeys([self.address, "127.0.0.1"])
        return [*own, service, "localhost", *inside, "kubernetes.default.svc.cluster.local"]


@dataclass(frozen=True)
class Keys:
    """Every certificate and key that the servers read."""

    authority: Pair
    server: Pair
    kubelet_client: Pair
    front_authority: Path
    front_client: Pair
    tokens: Path


def etcd(places: Places) -> list[str]:
    """Writes are not forced onto the disk: a machine that loses power loses a test, and nothing else."""
    peer = f"http://127.0.0.1:{places.peer_port}"
    return [
        f"--data-dir={places.folder / 'etcd'}",
        f"--listen-client-urls={places.etcd_url}",
        f"--advertise-client-urls={places.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        f"--quota-backend-bytes={DATABASE_BYTES}",
        "--log-level=warn",
    ]


def api_server(places: Places, keys: Keys, audit_policy: Path) -> list[str]:
    return [
        f"--etcd-servers={places.etcd_url}",
        f"--bind-address={places.address}",
        f"--secure-port={places.port}",
        *_advertised(places.address),
        f"--service-cluster-ip-range={places.service_range}",
        "--allow-privileged",
        *_trust(keys),
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--audit-policy-file={audit_policy}",
        f"--audit-log-path={places.audit_log}",
        f"--audit-log-maxsize={AUDIT_FILE_MEGABYTES}",
    ]


def _advertised(address: str) -> list[str]:
    """Where nobody can reach us from a Pod, the Service `kubernetes` gets no endpoints rather than wrong ones."""
    if ipaddress.ip_address(address).is_loopback:
        return [f"--advertise-address={NOT_DIALLED}", "--endpoint-reconciler-type=none"]
    return [f"--advertise-address={address}"]


def _trust(keys: Keys) -> list[str]:
    """Who may call whom: clients, service accounts, kubelets for logs, aggregated API servers."""
    return [
        f"--client-ca-file={keys.authority.certificate}",
        f"--tls-cert-file={keys.server.certificate}",
        f"--tls-private-key-file={keys.server.key}",
        f"--service-account-key-file={keys.tokens}",
        f"--service-account-signing-key-file={keys.tokens}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--kubelet-certificate-authority={keys.authority.certificate}",
        f"--kubelet-client-certificate={keys.kubelet_client.certificate}",
        f"--kubelet-client-key={keys.kubelet_client.key}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={keys.front_authority}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={keys.front_client.certificate}",
        f"--proxy-client-key-file={keys.front_client.key}",
    ]


def controller_manager(keys: Keys, kubeconfig: Path, requests_per_second: int) -> list[str]:
    return [
        f"--kube-api-qps={requests_per_second}",
        f"--kube-api-burst={requests_per_second * 3 // 2}",
        f"--kubeconfig={kubeconfig}",
        "--secure-port=0",
        "--leader-elect=false",
        "--controllers=*",
        "--use-service-account-credentials",
        f"--root-ca-file={keys.authority.certificate}",
        f"--service-account-private-key-file={keys.tokens}",
        f"--cluster-signing-cert-file={keys.authority.certificate}",
        f"--cluster-signing-key-file={keys.authority.key}",
    ]


def scheduler(kubeconfig: Path) -> list[str]:
    return [f"--kubeconfig={kubeconfig}", "--secure-port=0", "--leader-elect=false"]
