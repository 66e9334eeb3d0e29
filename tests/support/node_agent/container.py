"""From a container of a Pod to the launch that its shim holds: see `run_container`, which becomes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from namespaces import run_container

from node_agent.api import Body
from node_agent.environment import Known, arguments, environment
from node_agent.images import Image
from node_agent.pod_place import PodPlace
from node_agent.rights import rights
from trimtab.reconciler.local import own_python
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.variables import Variables, expand
from trimtab.reconciler.local.launch import Backoff, Launch, Restart

RESTARTS = Backoff(first=0.3, limit=5.0, reset=60.0)
"""Short: a test should not have to wait for a crash loop to become one."""

Bind = tuple[str, str, bool]
"""File or folder here, path in the container, read-only."""


@dataclass(frozen=True)
class Surroundings:
    """What all containers of a Pod have in common."""

    known: Known
    place: PodPlace
    volumes: Mapping[str, Path]
    sandbox: int
    notices: Path


def launch(container: Body, image: Image, around: Surroundings) -> Launch:
    """Raises `Hindered`. Also writes `container.json`, for commands beside the program too."""
    found = environment(around.known, container, image)
    directory = around.place.container(container["name"])
    (directory / "root").mkdir(parents=True, exist_ok=True)
    config = _config(container, image, around, found, directory)
    (directory / "container.json").write_text(json.dumps(config))
    spec = around.known.pod["spec"]
    return Launch(
        argv=program(directory),
        env=found.plain,
        cwd=directory,
        restart=restart(spec, container),
        backoff=RESTARTS,
        grace=float(spec.get("terminationGracePeriodSeconds", 30)),
        notices=around.notices,
    )


def program(directory: Path, *command: str) -> tuple[str, ...]:
    """The container itself, or a command beside it."""
    return own_python.command(str(run_container.__file__), str(directory / "container.json"), *command)


def is_sidecar(spec: Body, container: Body) -> bool:
    return container in (spec.get("initContainers") or ()) and container.get("restartPolicy") == "Always"


def restart(spec: Body, container: Body) -> Restart:
    """An init container is done when it has ended well: `Always` means until then, except for a sidecar."""
    if is_sidecar(spec, container):
        return Restart.ALWAYS
    policy = Restart(spec.get("restartPolicy", "Always"))
    initial = container in (spec.get("initContainers") or ())
    return Restart.ON_FAILURE if initial and policy is Restart.ALWAYS else policy


def _config(
    container: Body, image: Image, around: Surroundings, found: Variables, directory: Path
) -> dict[str, Any]:
    words = (
        str(directory / "last-words"),
        container.get("terminationMessagePath", "/dev/termination-log"),
        False,
    )
    return {
        "sandbox": around.sandbox,
        "root": str(directory / "root"),
        "binds": [*_shown(image), *_own(around), *_mounts(container, around, found), words],
        "argv": arguments(container, image, found),
        "cwd": container.get("workingDir") or image.working_directory,
        **asdict(rights(around.known.pod, container, image)),
        "last_words": words[0],
        "start_error": str(directory / "start-error"),
        "first": str(directory / "first"),
        "notices": str(around.notices),
    }


def _shown(image: Image) -> Iterator[Bind]:
    for path in image.shows:
        yield path, path, True
    for target, source in image.files.items():
        yield source, target, True


def _own(around: Surroundings) -> Iterator[Bind]:
    for target, source in around.place.own_files.items():
        yield str(source), target, False


def _mounts(container: Body, around: Surroundings, found: Variables) -> Iterator[Bind]:
    for mount in container.get("volumeMounts") or ():
        if mount["name"] not in around.volumes:
            raise Hindered(f"there is no volume {mount['name']}", "CreateContainerError")
        source = around.volumes[mount["name"]]
        below = mount.get("subPath") or expand(mount.get("subPathExpr", ""), found)
        if below:
            _make_as_its_volume(source, source / below)
        yield str((source / below).resolve()), mount["mountPath"], bool(mount.get("readOnly"))


def _make_as_its_volume(volume: Path, folder: Path) -> None:
    """Each folder on the way is made with the rights of the volume itself, setgid included, as a kubelet does."""
    if not folder.exists():
        _make_as_its_volume(volume, folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(volume.stat().st_mode & 0o7777)
