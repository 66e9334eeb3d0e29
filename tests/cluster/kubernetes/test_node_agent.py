"""The nodes that our other tests stand on do what those of a real cluster do."""

from __future__ import annotations

import json
import socket
import textwrap
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from node_agent import Node
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import LiveNamespace

Body = dict[str, Any]


def container(code: str, **more: Any) -> Body:
    return {
        "name": "main",
        "image": f"{PYTHON}:1",
        "command": ["python", "-c", textwrap.dedent(code)],
        **more,
    }


def pod_spec(*containers: Body, **more: Any) -> Body:
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 5,
        "containers": list(containers),
        **more,
    }


def job(spec: Body, **more: Any) -> Body:
    return {"spec": {"backoffLimit": 0, "template": {"spec": spec}, **more}}


def finished(live: LiveNamespace, name: str) -> Any:
    """A Pod that has ended."""
    return live.until(
        lambda: (
            (pod := live.get("Pod", name)).get("status", {}).get("phase") in ("Succeeded", "Failed") and pod
        ),
        f"the end of {name}",
    )


def said(live: LiveNamespace, spec: Body) -> Any:
    """What a Pod of that spec leaves as its last words; it must end well."""
    live.create("Pod", "one", {"spec": spec})
    pod = finished(live, "one")
    assert pod["status"]["phase"] == "Succeeded", (pod["status"], live.log("one"))
    return terminated(pod)["message"]


def terminated(pod: Body) -> Any:
    return pod["status"]["containerStatuses"][0]["state"]["terminated"]


def waiting(live: LiveNamespace, name: str, reason: str) -> Any:
    """The status of a Pod's container once it waits for that reason."""

    def found() -> Body | None:
        for status in live.get("Pod", name).get("status", {}).get("containerStatuses") or ():
            if status["state"].get("waiting", {}).get("reason") == reason:
                return dict(status)
        return None

    return live.until(found, reason)


LAST_WORDS = "/dev/termination-log"


def test_a_job_is_done_when_enough_of_its_pods_have_ended_well(live: LiveNamespace) -> None:
    code = f"import os, socket; open({LAST_WORDS!r}, 'w').write(f'{{socket.gethostname()}} {{os.getpid()}}')"
    live.create("Job", "three", job(pod_spec(container(code)), completions=3, parallelism=2))
    live.until(lambda: live.get("Job", "three")["status"].get("succeeded") == 3, "three successes")
    for pod in live.pods():
        assert terminated(pod)["message"] == f"{pod['metadata']['name']} 1"
        assert terminated(pod)["exitCode"] == 0
        assert pod["status"]["podIP"].startswith("10.244.")


def test_a_failed_job_tells_exit_code_and_the_end_of_its_log(live: LiveNamespace) -> None:
    code = "print('first', flush=True); raise SystemExit('no data')"
    failing = container(code, terminationMessagePolicy="FallbackToLogsOnError")
    live.create("Job", "bad", job(pod_spec(failing)))
    live.until(lambda: live.get("Job", "bad")["status"].get("failed") == 1, "a failure")
    [pod] = live.pods()
    assert pod["status"]["phase"] == "Failed"
    assert (terminated(pod)["exitCode"], terminated(pod)["reason"]) == (1, "Error")
    assert terminated(pod)["message"] == "first\nno data"
    assert live.log(pod["metadata"]["name"]) == "first\nno data\n"


def test_pods_of_an_indexed_job_reach_each_other_by_name(live: LiveNamespace) -> None:
    code = f"""
        import os, socket, time
        rank, server = int(os.environ["JOB_COMPLETION_INDEX"]), os.environ["LEADER"]
        if rank == 0:
            listener = socket.create_server(("0.0.0.0", 29500))
            text = listener.accept()[0].recv(100).decode()
        else:
            while True:
                try:
                    connection = socket.create_connection((server, 29500), timeout=5)
                    break
                except OSError:
                    time.sleep(0.1)
            text = f"{{socket.gethostname()}} to {{connection.getpeername()[0]}}"
            connection.sendall(text.encode())
        open({LAST_WORDS!r}, "w").write(text)
    """
    live.create("Service", "ring", {"spec": {"clusterIP": "None", "selector": {"job-name": "pair"}}})
    env = [{"name": "JOB", "value": "pair"}, {"name": "LEADER", "value": "$(JOB)-0.ring"}]
    spec = pod_spec(container(code, env=env), subdomain="ring")
    live.create("Job", "pair", job(spec, completions=2, parallelism=2, completionMode="Indexed"))
    live.until(lambda: live.get("Job", "pair")["status"].get("succeeded") == 2, "two successes")
    zero = next(pod for pod in live.pods() if pod["spec"]["hostname"] == "pair-0")
    assert {terminated(pod)["message"] for pod in live.pods()} == {f"pair-1 to {zero['status']['podIP']}"}


SERVER = """
    import http.server, os, pathlib, signal, sys
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ok = self.path != "/ready" or not pathlib.Path("/tmp/unready").exists()
            if self.path == "/break":
                pathlib.Path("/tmp/unready").touch()
            self.send_response(200 if ok else 503)
            self.end_headers()
            self.wfile.write(os.environ["HOSTNAME"].encode())
        def log_message(self, *_):
            pass
    http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


def serve(live: LiveNamespace) -> None:
    labels = {"app": "web"}
    probe = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1, "failureThreshold": 1}
    server = container(SERVER, ports=[{"name": "http", "containerPort": 8080}], readinessProbe=probe)
    template = {"metadata": {"labels": labels}, "spec": pod_spec(server, restartPolicy="Always")}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    live.create("Deployment", "web", {"spec": spec})
    live.create(
        "Service", "web", {"spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]}}
    )
    live.until(lambda: live.get("Deployment", "web")["status"].get("availableReplicas") == 2, "two replicas")


def ask(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_a_service_leads_to_the_replicas_that_are_ready(
    live: LiveNamespace, cluster_with_nodes: ClusterWithNodes
) -> None:
    serve(live)
    port = cluster_with_nodes.network.reach(live.get("Service", "web")["spec"]["clusterIP"], 80)
    names = {pod["metadata"]["name"] for pod in live.pods()}
    [ready] = [each for each in live.pods()[0]["status"]["conditions"] if each["type"] == "Ready"]
    assert (ready["status"], "reason" in ready, "message" in ready) == ("True", False, False)
    live.until(lambda: {ask(port) for _ in range(8)} == names, "answers of both")
    broken = ask(port, "/break")
    live.until(lambda: {ask(port) for _ in range(8)} == names - {broken}, "answers of the other alone")
    live.delete("Deployment", "web")
    live.until(lambda: not live.pods(), "the end of the Pods")
    with pytest.raises(ConnectionError):
        ask(port)


def test_a_crash_loop_is_told_as_one(live: LiveNamespace) -> None:
    code = f"open({LAST_WORDS!r}, 'w').write('broken'); raise SystemExit(3)"
    live.create("Pod", "loop", {"spec": pod_spec(container(code), restartPolicy="Always")})
    status = waiting(live, "loop", "CrashLoopBackOff")
    last = status["lastState"]["terminated"]
    assert (last["exitCode"], last["message"], last["reason"]) == (3, "broken", "Error")
    assert live.get("Pod", "loop")["status"]["phase"] == "Running"
    live.until(
        lambda: live.get("Pod", "loop")["status"]["containerStatuses"][0]["restartCount"] >= 2, "restarts"
    )


SLEEPER = "import time; print('up', flush=True); time.sleep(1000)"


def running(live: LiveNamespace, name: str, spec: Body) -> Any:
    live.create("Pod", name, {"spec": spec})
    return live.until(
        lambda: (pod := live.get("Pod", name))["status"]["phase"] == "Running" and pod, "Running"
    )


def test_an_evicted_pod_has_failed_and_says_why(
    live: LiveNamespace, cluster_with_nodes: ClusterWithNodes
) -> None:
    running(live, "victim", pod_spec(container(SLEEPER)))
    cluster_with_nodes.agent.evict(live.name, "victim", "The node was low on resource: memory.")
    status = finished(live, "victim")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "Evicted")
    assert status["message"] == "The node was low on resource: memory."
    [disruption] = [each for each in status["conditions"] if each["type"] == "DisruptionTarget"]
    assert (disruption["status"], disruption["reason"]) == ("True", "TerminationByKubelet")
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


def test_an_eviction_by_the_api_ends_the_pod_with_its_grace(live: LiveNamespace) -> None:
    code = f"""
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        {SLEEPER}
    """
    running(live, "victim", pod_spec(container(code)))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "victim"}}
    live.plane.api.create(f"/api/v1/namespaces/{live.name}/pods/victim/eviction", eviction)
    live.until(lambda: not live.get("Pod", "victim"), "the end of the Pod")


def test_a_container_out_of_memory_says_so(live: LiveNamespace, cluster_with_nodes: ClusterWithNodes) -> None:
    running(live, "greedy", pod_spec(container(SLEEPER)))
    cluster_with_nodes.agent.run_out_of_memory(live.name, "greedy", "main")
    end = terminated(finished(live, "greedy"))
    assert (end["exitCode"], end["reason"]) == (137, "OOMKilled")


def test_a_config_map_is_there_as_files_and_as_variables(live: LiveNamespace) -> None:
    config = {"data": {"rate": "0.1", "name": "a"}, "binaryData": {"blob": "AP8="}}
    live.create("ConfigMap", "settings", config)
    code = f"""
        import json, os, pathlib, stat
        folder = pathlib.Path("/trimtab/settings")
        found = {{path.name: path.read_bytes().hex() for path in folder.iterdir() if path.is_file()}}
        mode = oct(stat.S_IMODE((folder / "rate").stat().st_mode))
        some = pathlib.Path("/trimtab/some/deep/rate.txt").read_text()
        one = pathlib.Path("/trimtab/one").read_text()
        env = [os.environ[name] for name in ("RATE", "X_name", "COMPOSED", "NODE", "CPUS", "ADDRESS")]
        open({LAST_WORDS!r}, "w").write(json.dumps([found, mode, some, one, env]))
    """
    env = [
        {"name": "RATE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "rate"}}},
        {"name": "COMPOSED", "value": "$(RATE)/$(X_name)/$(NONE)/$$(RATE)"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "CPUS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    mounts = [
        {"name": "all", "mountPath": "/trimtab/settings", "readOnly": True},
        {"name": "some", "mountPath": "/trimtab/some"},
        {"name": "all", "mountPath": "/trimtab/one", "subPath": "name"},
    ]
    main = container(
        code,
        env=env,
        envFrom=[{"prefix": "X_", "configMapRef": {"name": "settings"}}],
        volumeMounts=mounts,
        resources={"limits": {"cpu": "1500m", "memory": "1Gi"}},
    )
    items = [{"key": "rate", "path": "deep/rate.txt"}]
    volumes = [
        {"name": "all", "configMap": {"name": "settings", "defaultMode": 0o400}},
        {"name": "some", "configMap": {"name": "settings", "items": items}},
    ]
    found, mode, some, one, environment = json.loads(said(live, pod_spec(main, volumes=volumes)))
    assert found == {"rate": b"0.1".hex(), "name": b"a".hex(), "blob": "00ff"}
    assert (mode, some, one) == ("0o400", "0.1", "a")
    pod = live.get("Pod", "one")
    address = pod["status"]["podIP"]
    assert environment == ["0.1", "a", "0.1/a/$(NONE)/$(RATE)", pod["spec"]["nodeName"], "2", address]


def test_a_changed_config_map_reaches_a_running_pod(live: LiveNamespace) -> None:
    live.create("ConfigMap", "settings", {"data": {"rate": "1"}})
    code = """
        import pathlib, time
        while pathlib.Path("/settings/rate").read_text() == "1":
            time.sleep(0.02)
    """
    main = container(code, volumeMounts=[{"name": "settings", "mountPath": "/settings"}])
    running(live, "one", pod_spec(main, volumes=[{"name": "settings", "configMap": {"name": "settings"}}]))
    live.patch("ConfigMap", "settings", {"data": {"rate": "2"}})
    assert finished(live, "one")["status"]["phase"] == "Succeeded"


def test_what_a_pod_names_is_waited_for(live: LiveNamespace) -> None:
    env = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]
    code = f"import os; open({LAST_WORDS!r}, 'w').write(os.environ['KEY'])"
    live.create("Pod", "one", {"spec": pod_spec(container(code, env=env))})
    assert waiting(live, "one", "CreateContainerConfigError")["state"]["waiting"]["message"] == (
        'secret "keys" not found'
    )
    live.create("Secret", "keys", {"stringData": {"a": "s3cret"}})
    assert terminated(finished(live, "one"))["message"] == "s3cret"


def test_an_unknown_image_is_not_pulled(live: LiveNamespace) -> None:
    live.create("Pod", "one", {"spec": pod_spec({**container("1"), "image": "example.com/other:1"})})
    assert "example.com/other:1" in waiting(live, "one", "ImagePullBackOff")["state"]["waiting"]["message"]
    live.delete("Pod", "one")
    live.until(lambda: not live.get("Pod", "one"), "the end of the Pod")


def test_a_claim_outlives_its_pods(live: LiveNamespace) -> None:
    claim = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    live.create("PersistentVolumeClaim", "data", {"spec": claim})
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    mounts = [{"name": "data", "mountPath": "/trimtab/data", "subPath": "runs/a"}]
    deeper = [{"name": "data", "mountPath": "/trimtab/logs", "subPath": "runs/a/logs"}, *mounts]
    writer = container("open('/trimtab/data/model', 'w').write('weights')", volumeMounts=deeper)
    nobody = {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001}
    live.create("Pod", "writer", {"spec": pod_spec(writer, volumes=volumes, securityContext=nobody)})
    assert finished(live, "writer")["status"]["phase"] == "Succeeded"
    live.delete("Pod", "writer")
    code = f"open({LAST_WORDS!r}, 'w').write(open('/trimtab/data/model').read())"
    assert said(live, pod_spec(container(code, volumeMounts=mounts), volumes=volumes)) == "weights"
    live.delete("Pod", "one")
    live.delete("PersistentVolumeClaim", "data")
    live.until(lambda: not live.get("PersistentVolumeClaim", "data"), "the end of the claim")


def test_init_containers_come_first_and_share_volumes(live: LiveNamespace) -> None:
    shared = [{"name": "work", "mountPath": "/desk"}]
    first = {**container("open('/desk/log', 'a').write('1')", volumeMounts=shared), "name": "first"}
    second = {**container("open('/desk/log', 'a').write('2')", volumeMounts=shared), "name": "second"}
    code = f"open({LAST_WORDS!r}, 'w').write(open('/desk/log').read())"
    memory = [{"name": "work", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}]
    spec = pod_spec(container(code, volumeMounts=shared), initContainers=[first, second], volumes=memory)
    assert said(live, spec) == "12"


def test_a_pod_calls_the_api_server_as_its_service_account(live: LiveNamespace) -> None:
    code = f"""
        import json, os, ssl, urllib.request
        folder = "/var/run/secrets/kubernetes.io/serviceaccount"
        host = f"https://{{os.environ['KUBERNETES_SERVICE_HOST']}}:{{os.environ['KUBERNETES_SERVICE_PORT']}}"
        review = {{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}}
        for base in (host, "https://kubernetes.default"):
            request = urllib.request.Request(
                base + "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                json.dumps(review).encode(),
                {{
                    "Authorization": "Bearer " + open(folder + "/token").read(),
                    "Content-Type": "application/json",
                }},
            )
            trust = ssl.create_default_context(cafile=folder + "/ca.crt")
            answer = json.load(urllib.request.urlopen(request, context=trust))
        open({LAST_WORDS!r}, "w").write(answer["status"]["userInfo"]["username"])
    """
    assert said(live, pod_spec(container(code))) == f"system:serviceaccount:{live.name}:default"


def test_a_failed_liveness_probe_starts_the_container_again(live: LiveNamespace) -> None:
    probe = {"exec": {"command": ["test", "!", "-e", "/tmp/sick"]}, "periodSeconds": 1, "failureThreshold": 1}
    code = f"import pathlib, time; time.sleep(1); pathlib.Path('/tmp/sick').touch(); {SLEEPER}"
    main = container(code, livenessProbe=probe)
    spec = pod_spec(main, restartPolicy="Always", terminationGracePeriodSeconds=1)
    live.create("Pod", "one", {"spec": spec})
    live.until(
        lambda: (live.get("Pod", "one")["status"].get("containerStatuses") or [{}])[0].get("restartCount"),
        "a restart",
    )


def test_a_hook_runs_before_the_signal_and_the_grace_is_kept(live: LiveNamespace) -> None:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "echo hook >> /desk/log"]}}}
    code = """
        import pathlib, signal, sys, time
        log = pathlib.Path("/desk/log")
        signal.signal(signal.SIGTERM, lambda *_: (log.open("a").write("signal"), sys.exit(0)))
        print("up", flush=True)
        time.sleep(1000)
    """
    claim = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    live.create("PersistentVolumeClaim", "work", {"spec": claim})
    volumes = [{"name": "work", "persistentVolumeClaim": {"claimName": "work"}}]
    mounts = [{"name": "work", "mountPath": "/desk"}]
    running(live, "old", pod_spec(container(code, lifecycle=hook, volumeMounts=mounts), volumes=volumes))
    live.until(lambda: live.log("old"), "its start")
    live.delete("Pod", "old")
    live.until(lambda: not live.get("Pod", "old"), "the end of the Pod")
    code = f"open({LAST_WORDS!r}, 'w').write(open('/desk/log').read())"
    assert said(live, pod_spec(container(code, volumeMounts=mounts), volumes=volumes)) == "hook\nsignal"


def test_a_pod_beyond_its_deadline_has_failed(live: LiveNamespace) -> None:
    spec = pod_spec(container(SLEEPER), activeDeadlineSeconds=1, terminationGracePeriodSeconds=0)
    live.create("Pod", "late", {"spec": spec})
    assert finished(live, "late")["status"]["reason"] == "DeadlineExceeded"


def test_as_whom_a_container_runs_is_kept(live: LiveNamespace) -> None:
    code = f"""
        import os, pathlib
        try:
            pathlib.Path("/file").touch()
        except OSError as error:
            text = f"{{os.getuid()}} {{os.getgid()}} {{sorted(os.getgroups())}} {{error.strerror}}"
        pathlib.Path("/desk/mine").touch()
        open({LAST_WORDS!r}, "w").write(text)
    """
    own = {"runAsUser": 1000, "runAsGroup": 1001, "runAsNonRoot": True, "readOnlyRootFilesystem": True}
    mounts = [{"name": "work", "mountPath": "/desk"}]
    main = container(code, securityContext={**own, "allowPrivilegeEscalation": False}, volumeMounts=mounts)
    volumes = [{"name": "work", "emptyDir": {}}]
    spec = pod_spec(main, volumes=volumes, securityContext={"fsGroup": 2000})
    assert said(live, spec) == "1000 1001 [2000] Read-only file system"


def test_root_is_refused_where_it_must_not_be(live: LiveNamespace) -> None:
    spec = pod_spec(container("1"), securityContext={"runAsNonRoot": True})
    live.create("Pod", "one", {"spec": spec})
    message = waiting(live, "one", "CreateContainerConfigError")["state"]["waiting"]["message"]
    assert "container has runAsNonRoot and image will run as root" in message


def test_a_program_that_is_not_there_is_a_start_error(live: LiveNamespace) -> None:
    live.create("Pod", "one", {"spec": pod_spec({**container("1"), "command": ["no-such-program"]})})
    end = terminated(finished(live, "one"))
    assert (end["exitCode"], end["reason"]) == (128, "StartError")
    assert "no-such-program" in end["message"]


@pytest.fixture
def gpu_node(cluster_with_nodes: ClusterWithNodes) -> Iterator[Node]:
    """Its name; added by the test, removed at the end."""
    node = Node("gpu-a", {"nvidia.com/gpu": "8"}, {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"})
    yield node
    cluster_with_nodes.agent.remove_node(node.name)


def test_a_pod_that_needs_gpus_waits_until_a_node_with_them_comes(
    live: LiveNamespace, cluster_with_nodes: ClusterWithNodes, gpu_node: Node
) -> None:
    main = container("print(1)", resources={"limits": {"nvidia.com/gpu": 8}})
    live.create("Pod", "train", {"spec": pod_spec(main)})
    pending = live.until(lambda: live.get("Pod", "train")["status"].get("conditions"), "the scheduler's word")
    assert "Insufficient nvidia.com/gpu" in pending[0]["message"]
    cluster_with_nodes.agent.add_node(gpu_node)
    pod = finished(live, "train")
    assert (pod["status"]["phase"], pod["spec"]["nodeName"]) == ("Succeeded", "gpu-a")


def test_a_node_that_is_gone_takes_its_pods_along(
    live: LiveNamespace, cluster_with_nodes: ClusterWithNodes
) -> None:
    agent = cluster_with_nodes.agent
    agent.add_node(Node("spot", labels={"spot": "yes"}))
    spec = pod_spec(container(SLEEPER), nodeSelector={"spot": "yes"})
    live.create("Job", "one", job(spec))
    live.until(lambda: live.get("Job", "one")["status"].get("ready") == 1, "its Pod")
    agent.remove_node("spot")
    live.until(lambda: live.get("Job", "one")["status"].get("failed") == 1, "the loss of its Pod")


def test_pods_see_nothing_of_this_machine_but_what_their_image_shows(live: LiveNamespace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = f"""
            import os, socket
            try:
                socket.create_connection(("127.0.0.1", {port}), timeout=5)
            except OSError as error:
                text = str(error)
            processes = [name for name in os.listdir("/proc") if name.isdigit()]
            open({LAST_WORDS!r}, "w").write(f"{{text}} {{processes}} {{os.listdir('/root')}}")
        """
        assert said(live, pod_spec(container(code))) == "[Errno 111] Connection refused ['1'] ['.pyenv']"


def test_a_sidecar_is_up_before_the_others_and_ends_after_them(live: LiveNamespace) -> None:
    shared = [{"name": "work", "mountPath": "/desk"}]
    code = """
        import pathlib, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("/desk/over").touch(), sys.exit(0)))
        pathlib.Path("/desk/up").touch()
        time.sleep(1000)
    """
    probe = {"exec": {"command": ["test", "-e", "/desk/up"]}, "periodSeconds": 1}
    more = {"restartPolicy": "Always", "startupProbe": probe, "volumeMounts": shared}
    sidecar = {**container(code, **more), "name": "sidecar"}
    seen = "import os; raise SystemExit(sorted(os.listdir('/desk')) != ['up'])"
    volumes = [{"name": "work", "emptyDir": {}}]
    spec = pod_spec(container(seen, volumeMounts=shared), initContainers=[sidecar], volumes=volumes)
    live.create("Job", "both", job(spec))
    live.until(lambda: live.get("Job", "both")["status"].get("succeeded") == 1, "the end of the Job")
    [pod] = live.pods()
    assert "terminated" in pod["status"]["initContainerStatuses"][0]["state"]


def test_pods_run_on_while_the_api_server_is_away(
    live: LiveNamespace, cluster_with_nodes: ClusterWithNodes
) -> None:
    code = f"import time; time.sleep(2); open({LAST_WORDS!r}, 'w').write('done')"
    running(live, "long", pod_spec(container(code)))
    cluster_with_nodes.plane.restart_api_server()
    pod = finished(live, "long")
    assert terminated(pod)["message"] == "done"
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_names_outside_of_the_cluster_do_not_exist(live: LiveNamespace) -> None:
    code = f"""
        import socket
        found = []
        for name in ("kubernetes.default", "kubernetes.default.svc.cluster.local", "example.com"):
            try:
                found.append(socket.gethostbyname(name))
            except OSError as error:
                found.append(error.strerror)
        open({LAST_WORDS!r}, "w").write(" ".join(found))
    """
    assert said(live, pod_spec(container(code))) == "10.96.0.1 10.96.0.1 Name or service not known"
