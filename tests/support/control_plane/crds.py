"""The custom resource definitions of the systems that we compile for, out of their own Go modules at pinned versions.

They are installed as they were published, without their webhooks: the API server judges objects by them alone.
"""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from control_plane.access import Access
from control_plane.api import Refused
from control_plane.sources import objects, source

FOLDERS = {
    "cert-manager": ["github.com/cert-manager/cert-manager//deploy/crds"],
    "external-secrets": ["github.com/external-secrets/external-secrets//config/crds/bases"],
    "flux": [
        "github.com/fluxcd/kustomize-controller//config/crd/bases",
        "github.com/fluxcd/source-controller//config/crd/bases",
    ],
    "gateway-api": ["sigs.k8s.io/gateway-api//config/crd/standard"],
    "jobset": ["sigs.k8s.io/jobset//config/components/crd/bases"],
    "keda": ["github.com/kedacore/keda/v2//config/crd/bases"],
    "kserve": [
        "github.com/kserve/kserve//config/crd/full",
        "github.com/kserve/kserve//config/crd/full/llmisvc",
    ],
    "kueue": ["sigs.k8s.io/kueue//config/components/crd/bases"],
    "lws": ["sigs.k8s.io/lws//config/crd/bases"],
    "prometheus-operator": [
        "github.com/prometheus-operator/prometheus-operator//example/prometheus-operator-crd"
    ],
    "ray": ["github.com/ray-project/kuberay/ray-operator//config/crd/bases"],
    "trainer": ["github.com/kubeflow/trainer/v2//manifests/base/crds"],
    "volcano": ["volcano.sh/volcano//config/crd/volcano/bases"],
}
"""By system: modules, each with a folder in it. Files of another kind that lie there are left out."""

SERVED_SECONDS = 120
NOT_YET = (http.client.NOT_FOUND, http.client.TOO_MANY_REQUESTS)
"""The second as long as the storage of a new kind is being set up."""
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@functools.cache
def crds(system: str) -> list[dict[str, Any]]:
    """The definitions of one of `FOLDERS`. Raises `CannotBuild` where its module can't be had."""
    folders = [source(module) / folder for module, folder in (each.split("//") for each in FOLDERS[system])]
    return [found for folder in folders for found in definitions(folder)]


def definitions(folder: Path) -> list[dict[str, Any]]:
    """Those in the files of a folder."""
    bodies = (body for file in sorted(folder.glob("*.yaml")) for body in objects(file.read_bytes()))
    return [body for body in bodies if _is_whole_definition(body)]


def _is_whole_definition(found: Any) -> bool:
    """Beside definitions lie lists of files, and patches of definitions."""
    return bool(found and found["kind"] == "CustomResourceDefinition" and "group" in found["spec"])


def install(plane: Access, system: str) -> None:
    """Served when it returns; harmless where they are there already."""
    serve(plane, crds(system))


def serve(plane: Access, definitions: list[dict[str, Any]]) -> None:
    """As `install` does it."""
    for definition in definitions:
        try:
            plane.api.create(DEFINITIONS, definition)
        except Refused as refused:
            if refused.code != http.client.CONFLICT:
                raise
    wanted = set(_lists(definitions))
    deadline = time.monotonic() + SERVED_SECONDS
    while not (wanted <= _discovered(plane) and all(_is_served(plane, path) for path in wanted)):
        assert time.monotonic() < deadline, f"{sorted(wanted)} were not served within {SERVED_SECONDS} s"
        time.sleep(0.05)


def lists(system: str) -> Iterator[str]:
    """The path of each list of objects that a system's definitions add to the API."""
    yield from _lists(crds(system))


def _lists(definitions: list[dict[str, Any]]) -> Iterator[str]:
    for definition in definitions:
        spec = definition["spec"]
        for version in spec["versions"]:
            if version["served"]:
                yield f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}"


def _discovered(plane: Access) -> set[str]:
    return {
        f"/apis/{group['metadata']['name']}/{version['version']}/{kind['resource']}"
        for group in plane.api.get("/apis", accept=DISCOVERY)["items"]
        for version in group["versions"]
        for kind in version["resources"]
    }


def _is_served(plane: Access, path: str) -> bool:
    """A definition is called established a moment before its objects are served."""
    try:
        plane.api.get(path)
    except Refused as refused:
        if refused.code not in NOT_YET:
            raise
        return False
    return True
