"""Ours: `trimtab apply` of one system that has every object in `manifests`."""

from __future__ import annotations

import json
import re
from typing import Any

from control_plane import ControlPlane

from benchmarks.applying.applications import objects
from benchmarks.applying.contestant import Contestant, Passes, Ring, once
from benchmarks.processes import PROGRAMS, taken

SYSTEM = "apps"
CONTEXT = "tests"
"""What the one context of a control plane's kubeconfigs is called; a cluster of the same name means it."""
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
HEAD = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata: {{name: {system}, namespace: {namespace}}}
spec:
  clusters: {{{cluster}: {{}}}}
  environments: {{prod: {{runOn: {cluster}}}}}
  defaultEnvironment: prod
  security: {{podSecurity: baseline}}
  manifests:
"""


def enter(ring: Ring) -> Passes:
    file = ring.folder / "mlsystem.yaml"
    file.write_text(spec(ring.namespace, ring.applications))
    command = [str(PROGRAMS / "trimtab"), "apply", str(file)]
    return once(lambda: taken(command, {"KUBECONFIG": str(ring.kubeconfig)}))


def prepare(plane: ControlPlane) -> None:
    """What an administrator does once a cluster."""
    taken([str(PROGRAMS / "trimtab"), "cluster", "install"], {"KUBECONFIG": str(plane.kubeconfig)})


def spec(namespace: str, count: int) -> str:
    """In flow style: a spec may have a million characters, and 4,000 objects fit."""
    head = HEAD.format(system=SYSTEM, namespace=namespace, cluster=CONTEXT)
    entries = (f"    {_key(each)}: {_flow(each)}\n" for each in objects(count))
    return head + "".join(entries)


def _key(found: dict[str, Any]) -> str:
    return f"{found['metadata']['name']}-{found['kind'].lower()}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else json.dumps(value)


OURS = Contestant("trimtab", "`trimtab apply`, which waits until all is well", enter)
