"""The control plane that our other tests stand on does what they assume of it."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from control_plane import Access, ControlPlane, connect
from held_processes import eventually, exists

READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


def deployment(namespace: str) -> dict[str, Any]:
    labels = {"app": "web"}
    container = {"name": "web", "image": "example.org/web:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def conditions(pods: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for pod in pods["items"] for each in pod["status"].get("conditions", [])]


def test_kubectl_applies_and_the_controllers_and_the_scheduler_follow(
    control_plane: Access, kube_namespace: str
) -> None:
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=deployment(kube_namespace))
    pods = f"/api/v1/namespaces/{kube_namespace}/pods"
    eventually(lambda: conditions(control_plane.api.get(pods)), "the scheduler's word on a Pod")
    [pod] = control_plane.api.get(pods)["items"]
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
    assert "no nodes available" in conditions({"items": [pod]})[0]["message"]


def test_it_is_the_pinned_version(control_plane: Access) -> None:
    pins = Path(sys.modules["control_plane"].__path__[0], "modules", "kubernetes", "go.mod").read_text()
    assert f"k8s.io/kubernetes {control_plane.api.get('/version')['gitVersion']}" in pins


def test_a_user_may_do_what_the_test_allows_and_nothing_else(
    control_plane: Access, kube_namespace: str
) -> None:
    jane = control_plane.users.named("jane", ["readers"])
    with pytest.raises(subprocess.CalledProcessError, match="get"):
        control_plane.kubectl("get", "pods", "-n", kube_namespace, kubeconfig=jane.kubeconfig)
    control_plane.users.allow(jane, [READ_PODS], kube_namespace)
    eventually(
        lambda: (
            control_plane.kubectl(
                "auth", "can-i", "--list", "-n", kube_namespace, kubeconfig=jane.kubeconfig
            ).find("pods")
            > 0
        )
    )
    control_plane.kubectl("get", "pods", "-n", kube_namespace, kubeconfig=jane.kubeconfig)
    told = control_plane.kubectl("auth", "whoami", "-o", "json", kubeconfig=jane.kubeconfig)
    assert '"readers"' in told


def test_a_service_account_is_itself(control_plane: Access, kube_namespace: str) -> None:
    robot = control_plane.users.service_account(kube_namespace, "robot")
    told = control_plane.kubectl("auth", "whoami", "-o", "json", kubeconfig=robot.kubeconfig)
    assert f"system:serviceaccount:{kube_namespace}:robot" in told


def test_requests_are_counted(control_plane: Access, kube_namespace: str) -> None:
    counting = control_plane.users.named(f"counting-{kube_namespace}")
    user = counting.subject["name"]
    control_plane.users.allow(
        counting, [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}], kube_namespace
    )
    before = control_plane.audit.mark()
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": kube_namespace}}
    control_plane.kubectl("create", "-f", "-", stdin=config, kubeconfig=counting.kubeconfig)
    [created] = [each for each in control_plane.audit.requests(before, user) if each.resource == "configmaps"]
    assert (created.verb, created.name, created.code) == ("create", "a", http.client.CREATED)
    assert created.user_agent.startswith("kubectl/")
    assert control_plane.audit.requests(control_plane.audit.mark(), user) == []


def test_another_process_connects_by_the_folder(control_plane: Access, kube_namespace: str) -> None:
    again = connect(control_plane.folder)
    assert again.api.get(f"/api/v1/namespaces/{kube_namespace}")["metadata"]["name"] == kube_namespace


def test_a_killed_api_server_comes_back_with_what_it_knew_and_a_compacted_history_is_gone(
    own_control_plane: ControlPlane,
) -> None:
    plane = own_control_plane
    old = plane.api.get("/api/v1/namespaces")["metadata"]["resourceVersion"]
    plane.api.create("/api/v1/namespaces", {"metadata": {"name": "kept"}})
    plane.kill_api_server()
    with pytest.raises(OSError, match="refused"):
        plane.api.get("/version")
    plane.compact()
    plane.restart_api_server()
    assert plane.api.get("/api/v1/namespaces/kept")["metadata"]["name"] == "kept"
    expired = plane.api.get(f"/api/v1/namespaces?watch=1&resourceVersion={old}")
    assert (expired["type"], expired["object"]["code"]) == ("ERROR", http.client.GONE)


def test_stop_leaves_nothing(own_control_plane: ControlPlane) -> None:
    numbers = own_control_plane.process_numbers.values()
    assert len(numbers) == 4
    own_control_plane.stop()
    assert not any(map(exists, numbers))
    assert not own_control_plane.folder.exists()


def test_nothing_outlives_a_starter_that_is_killed(control_plane: Access, tmp_path: Path) -> None:
    """A starter that holds one server as a control plane holds each of its four."""
    folder = tmp_path / "folder"
    folder.mkdir()
    code = (
        "import sys, pathlib; from control_plane.held_servers import HeldServer\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "held = HeldServer(pathlib.Path('/bin/sleep'), ['600'], folder / 'log', leaving=folder)\n"
        "print(held.process_number, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(sys.modules["control_plane"].__path__[0]).parent)},
    ) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        assert exists(server)
        starter.kill()
    eventually(lambda: not exists(server), "the server's end")
    eventually(lambda: not folder.exists(), "the folder's end")
