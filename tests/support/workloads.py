"""Small workloads for the local engine: Python one-liners in Jobs and Deployments."""

from __future__ import annotations

from typing import Any

PYTHON = "trimtab.local/runtime"
Body = dict[str, Any]


def container(code: str, **more: Any) -> Body:
    """`$REPORT` is where its last words go."""
    env = [
        {"name": "TRIMTAB_ROOT", "value": "/trimtab"},
        {"name": "REPORT", "value": "$(TRIMTAB_ROOT)/termination-log"},
        *more.pop("env", []),
    ]
    return {
        "name": "main",
        "image": PYTHON,
        "command": ["python", "-c", code],
        "env": env,
        "terminationMessagePath": "/trimtab/termination-log",
        **more,
    }


def job(namespace: str, main: Body | str, name: str = "job", **spec: Any) -> Body:
    main = container(main) if isinstance(main, str) else main
    pod = {"restartPolicy": "Never", "containers": [main], **spec.pop("pod", {})}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"spec": pod}, **spec},
    }


def deployment(namespace: str, main: Body | str, name: str = "web", **spec: Any) -> Body:
    main = container(main) if isinstance(main, str) else main
    labels = {"app": name}
    pod = {"terminationGracePeriodSeconds": 5, "containers": [main], **spec.pop("pod", {})}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def service(namespace: str, name: str = "web", **spec: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
            **spec,
        },
    }


SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        text = os.environ.get("ANSWER", "hello").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer((os.environ["TRIMTAB_HOST"], int(os.environ["TRIMTAB_PORT_HTTP"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server.serve_forever()
"""


def server(answer: str = "hello", **more: Any) -> Body:
    """Answers every GET with one text."""
    return container(
        SERVER,
        env=[{"name": "ANSWER", "value": answer}],
        ports=[{"name": "http", "containerPort": 8080}],
        readinessProbe={"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 1},
        **more,
    )
