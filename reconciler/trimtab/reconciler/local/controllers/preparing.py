"""From a Pod to what has to be started for it: a folder, and a `Launch` for each container.

The one place that knows all of the local translation: paths below `/trimtab`, `TRIMTAB_ROOT`, `TRIMTAB_HOST` and
`TRIMTAB_PORT_<NAME>`, the addresses of Services, images as Pythons. Starting is somebody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import pod_directory, salvage, service_ports
from trimtab.reconciler.local.controllers import images, secrets_file
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.mounts import Lookup, mounts, volumes, working_directory
from trimtab.reconciler.local.controllers.service_names import LOCALHOST, Names
from trimtab.reconciler.local.controllers.variables import Variables, command, variables
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.launch import Backoff, Launch, Restart, Secrets
from trimtab.reconciler.local.objects import Body, Stored
from trimtab.reconciler.local.observing import LOCAL_PORTS
from trimtab.reconciler.local.places import Places

GRACE = 30.0
RESTARTS = Backoff(first=0.5, limit=60.0, reset=60.0)
"""A cluster waits 10 s before the second restart; nobody shares this machine's scheduler with us."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Launches by container, in the order in which they start: init containers first."""

    launches: Mapping[str, Launch]
    ports: Mapping[str, int]


def containers(pod: Stored) -> Sequence[Body]:
    return [*(pod.spec.get("initContainers") or ()), *pod.spec["containers"]]


def main_containers(pod: Stored) -> Sequence[Body]:
    found: Sequence[Body] = pod.spec["containers"]
    return found


class Preparation:
    """Prepares Pods of one engine. Waiting for a ConfigMap or an environment is a `Hindered` that will pass."""

    def __init__(self, engine: Engine, places: Places) -> None:
        self._engine = engine
        self._places = places

    def directory(self, pod: Stored) -> Path:
        return self._places.pods / pod.uid

    async def prepare(self, pod: Stored, on_progress: Callable[[str], None]) -> Prepared:
        """Raises `Hindered`. May be repeated: what is there already is used."""
        ports = self._ports(pod)
        pythons = {c["image"]: await self._interpreter(pod, c["image"], on_progress) for c in containers(pod)}
        lookup = Lookup(self._places, self._engine.store.get, self._secrets)
        found = volumes(pod, lookup)
        known = {c["name"]: self._variables(pod, c, ports) for c in containers(pod)}
        mounted = {c["name"]: mounts(c, known[c["name"]]) for c in containers(pod)}
        directory = self.directory(pod)
        try:
            await asyncio.to_thread(pod_directory.make, directory, found, mounted)
            launches = {
                c["name"]: self._launch(pod, c, pythons[c["image"]], known[c["name"]])
                for c in containers(pod)
            }
        except pod_directory.BadMount as error:
            raise Hindered(str(error)) from error
        except OSError as error:
            raise Hindered(
                f"{directory} can't be written: {error.strerror}", "CreateContainerError"
            ) from error
        salvage.write_note(directory, self._engine.store.get(pod.ref) or pod, *self._owner(pod))
        return Prepared(launches, ports)

    def _owner(self, pod: Stored) -> list[Stored]:
        return [stored for stored in self._engine.store if stored.uid == pod.controller]

    def _secrets(self) -> Mapping[str, Mapping[str, str]]:
        return secrets_file.read(self._places.secrets)

    async def _interpreter(
        self, pod: Stored, image: str, on_progress: Callable[[str], None]
    ) -> images.Interpreter:
        lock = self._lock(pod) if images.needs_lock(image) else None
        return await images.interpreter(image, lock, images.cache_directory(), on_progress)

    def _lock(self, pod: Stored) -> str | None:
        name = pod.annotations.get(images.LOCK_ANNOTATION)
        if name is None:
            return None
        found = self._engine.store.get(Ref("v1", "ConfigMap", pod.ref.namespace, name))
        if found is None:
            raise Hindered(
                f"ConfigMap {name}, the lock of this Pod, is not there", "CreateContainerConfigError"
            )
        return (found.body.get("data") or {}).get(images.LOCK_FILE)

    def _ports(self, pod: Stored) -> dict[str, int]:
        """A port of this machine for each container port, by name and by number; the same for all of a Pod's life."""
        ports: dict[str, int] = dict(pod.status.get(LOCAL_PORTS) or {})
        for container in main_containers(pod):
            for port in container.get("ports") or ():
                number = str(port["containerPort"])
                if number not in ports:
                    ports[number] = self._free_port(f"{pod.uid}/{number}", ports.values())
                if "name" in port:
                    ports[port["name"]] = ports[number]
        if ports and ports != pod.status.get(LOCAL_PORTS):
            self._engine.set_status(pod.ref, {**pod.status, LOCAL_PORTS: ports})
        return ports

    def _free_port(self, name: str, more: Iterable[int] = ()) -> int:
        try:
            return service_ports.choose(name, known_ports(self._engine) | set(more))
        except service_ports.NoPort as error:
            raise Hindered(str(error), "NoPort") from error

    def _variables(self, pod: Stored, container: Body, ports: Mapping[str, int]) -> Variables:
        root = pod_directory.root(self.directory(pod), container["name"])
        named = {p["name"]: ports[p["name"]] for p in container.get("ports") or () if "name" in p}
        local = {
            "HOSTNAME": pod.spec.get("hostname") or pod.ref.name,
            "TRIMTAB_ROOT": str(root),
            "TRIMTAB_HOST": LOCALHOST,
            **{f"TRIMTAB_PORT_{name.upper().replace('-', '_')}": str(port) for name, port in named.items()},
        }
        return variables(pod, container, local, _Sources(self._engine, self, pod))

    def _launch(self, pod: Stored, container: Body, python: images.Interpreter, known: Variables) -> Launch:
        directory, name = self.directory(pod), container["name"]
        env = images.environment(python, {"HOME": str(directory), **known.plain})
        cwd = working_directory(
            container,
            lambda path: pod_directory.local_path(directory, name, path),
            pod_directory.root(directory, name),
        )
        return Launch(
            argv=images.program(command(container, known), python, env, container["image"]),
            env=env,
            cwd=cwd,
            restart=_restart(pod, container),
            backoff=RESTARTS,
            grace=float(pod.spec.get("terminationGracePeriodSeconds", GRACE)),
            secrets=Secrets(self._places.secrets, known.secret) if known.secret else None,
            notices=self._places.notices,
        )

    def member_port(self, service: Stored, member: str, port: int) -> int:
        """Of one Pod behind a headless Service: given once, remembered with the Service."""
        key = f"{member}:{port}"
        live = self._engine.store.get(service.ref) or service
        ports = live.status.get(LOCAL_PORTS) or {}
        if key not in ports:
            ports = {**ports, key: self._free_port(f"{service.ref.namespace}/{service.ref.name}/{key}")}
            self._engine.set_status(service.ref, {**live.status, LOCAL_PORTS: ports})
        return int(ports[key])


class _Sources:
    """What variables of one Pod refer to."""

    def __init__(self, engine: Engine, preparation: Preparation, pod: Stored) -> None:
        self._engine = engine
        self._preparation = preparation
        self._namespace = pod.ref.namespace

    def config(self, name: str) -> Mapping[str, str] | None:
        found = self._engine.store.get(Ref("v1", "ConfigMap", self._namespace, name))
        return None if found is None else found.body.get("data") or {}

    def secret_keys(self, name: str) -> Sequence[str] | None:
        found = self._preparation._secrets().get(name)
        return None if found is None else tuple(found)

    def addresses(self, text: str) -> str:
        return Names(self._namespace, self._engine.store.get, self._preparation.member_port).replaced(text)


def known_ports(engine: Engine) -> set[int]:
    """Every port of this machine that an object here has been given."""
    return {
        port
        for kind in ("Pod", "Service")
        for stored in engine.store.of_kind("v1", kind)
        for port in (stored.status.get(LOCAL_PORTS) or {}).values()
    }


def _restart(pod: Stored, container: Body) -> Restart:
    """An init container is done when it has ended well: `Always` means until then."""
    policy = Restart(pod.spec.get("restartPolicy", "Always"))
    initial = container in (pod.spec.get("initContainers") or ())
    return Restart.ON_FAILURE if initial and policy is Restart.ALWAYS else policy
