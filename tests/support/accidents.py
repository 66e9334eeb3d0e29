"""A small running system on a real API server for accidents to befall, and what is there before and after them.

It is written through the command line's own `main` and read past it, by plain requests. Nothing of it needs a Pod.
"""

from __future__ import annotations

import asyncio
import copy
import io
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from control_plane import Access
from control_plane.fixtures import make_namespace
from held_processes import eventually
from own_objects import pod_spec
from prepared_systems import connect, opened

from trimtab.cli.exits import Exit
from trimtab.cli.main import main
from trimtab.cli.systems import Silent
from trimtab.reconciler.actions import Action, Plan, Verb
from trimtab.reconciler.cluster import PART_OF
from trimtab.reconciler.desired import ROLE_LABEL
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.preparing import prepare_folder
from trimtab.reconciler.state import State

Body = dict[str, Any]

SECONDS = 10
RUNTIME = "registry.example.com/trimtab/runtime@sha256:" + 64 * "0"
CORE, BATCH, TRIMTAB = "api/v1", "apis/batch/v1", "apis/trimtab.dev/v1"

IN_NAMESPACES = (
    *("api/v1/configmaps", "api/v1/services", "api/v1/serviceaccounts", "api/v1/persistentvolumeclaims"),
    *("apis/batch/v1/jobs", "apis/networking.k8s.io/v1/networkpolicies"),
    *("apis/trimtab.dev/v1/mlsystems", "apis/trimtab.dev/v1/runs"),
)
ABOVE = {
    "namespaces": "api/v1/namespaces",
    "persistentvolumes": "api/v1/persistentvolumes",
    "clusterroles": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "customresourcedefinitions": "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}
BY_KUBERNETES = frozenset({"configmaps/kube-root-ca.crt", "serviceaccounts/default"})


class Told(NamedTuple):
    """How a command ended, and its words in one line."""

    code: int
    text: str


class Thing(NamedTuple):
    """An object's identity and state: an object that was deleted and made anew has another uid."""

    uid: str
    revision: str


Things = Mapping[str, Thing]
"""By `<namespace>/<plural>/<name>`; without the first for what is in no namespace."""


def manifest(api_version: str, kind: str, name: str, **body: Any) -> Body:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **body}


def config_map(name: str, **data: str) -> Body:
    return manifest("v1", "ConfigMap", name, data=data)


@dataclass
class System:
    """`shop` in a namespace of its own: two ConfigMaps, a Service and a claim there, and a ClusterRole."""

    plane: Access
    namespace: str
    folder: Path
    spec: Body
    environment: str = "prod"

    @property
    def file(self) -> Path:
        return self.folder / "mlsystem.yaml"

    @property
    def manifests(self) -> Body:
        found: Body = self.spec["spec"]["manifests"]
        return found

    def write(self) -> None:
        self.file.write_text(yaml.safe_dump(self.spec, sort_keys=False), encoding="utf-8")

    def twin(self, folder: str) -> System:
        """The same spec in another folder, to be changed."""
        other = self.folder.parent / folder
        other.mkdir()
        twin = System(self.plane, self.namespace, other, copy.deepcopy(self.spec))
        twin.write()
        return twin

    def run(self, command: str, *arguments: str) -> Told:
        """As a person calls it in this folder. Their words come back, whether they go to stdout or to stderr."""
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said), at_most(SECONDS, said):
            code = main([command, str(self.file), "-e", self.environment, *arguments])
        return Told(code, " ".join(said.getvalue().split()))

    def apply(self, *arguments: str) -> Told:
        return self.run("apply", *arguments)

    def kubectl(self, *arguments: str, stdin: object = None) -> str:
        return self.plane.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def path(self, plural: str, name: str = "", group: str = CORE) -> str:
        return "/" + "/".join(filter(None, (group, "namespaces", self.namespace, plural, name)))

    def change_metadata(self, plural: str, name: str, change: Body, group: str = CORE) -> None:
        """As with kubectl. A value of None takes a label or annotation off."""
        path = f"{self.path(plural, name, group)}?fieldManager=kubectl-edit"
        self.plane.api.request("PATCH", path, {"metadata": change}, "application/merge-patch+json")

    def take_labels_off(self, name: str) -> None:
        labels = self.get("configmaps", name)["metadata"]["labels"]
        self.change_metadata("configmaps", name, {"labels": dict.fromkeys(labels)})

    def label_namespace(self) -> None:
        """With what makes any other object one of ours."""
        label = self.marks()["labels"][PART_OF]
        self.plane.kubectl("label", "namespace", self.namespace, f"{PART_OF}={label}")

    def hold_lease(self) -> None:
        spec = {
            "holderIdentity": "ann@build-7",
            "leaseDurationSeconds": 60,
            "renewTime": now(),
            "acquireTime": now(),
        }
        body = manifest("coordination.k8s.io/v1", "Lease", "shop", spec=spec)
        self.kubectl("create", "-f", "-", stdin=body)

    def kept(self) -> str:
        """The name of the ConfigMap that keeps what was applied last."""
        found = self.plane.api.get(self.path("configmaps"))["items"]
        return next(str(o["metadata"]["name"]) for o in found if "-applied-" in o["metadata"]["name"])

    def neighbour(self, *shared: str) -> System:
        """The system `other`, of another repository, in the same namespace; it gives these objects of ours too."""
        other = self.twin("another")
        other.spec["metadata"]["name"] = "other"
        other.spec["spec"]["manifests"] = {name: self.manifests[name] for name in shared}
        other.write()
        return other

    def asks(self) -> str:
        """The code by which an apply of the spec as it is now wants to be told yes."""
        self.write()
        told = self.apply()
        found = re.search(r"--confirm (\w+)", told.text)
        assert found is not None, told.text
        return found[1]

    def someone_applies(self, body: Body, manager: str = "helm", *, force: bool = False) -> None:
        """Another tool, by server-side apply."""
        forced = ["--force-conflicts"] if force else []
        self.kubectl("apply", "--server-side", f"--field-manager={manager}", *forced, "-f", "-", stdin=body)

    def get(self, plural: str, name: str, group: str = CORE) -> Body:
        found: Body = self.plane.api.get(self.path(plural, name, group))
        return found

    def marks(self) -> Body:
        """The labels and annotations by which our objects are known, as somebody would copy them."""
        metadata = self.get("configmaps", "settings")["metadata"]
        return {"labels": metadata["labels"], "annotations": metadata["annotations"]}

    def apply_while(self, accident: Callable[[], None]) -> Told:
        """An apply, and an accident after its first plan that changes an object, before anything is done."""
        return asyncio.run(self._apply_while(accident))

    async def _apply_while(self, accident: Callable[[], None]) -> Told:
        listening = Interrupting(accident)
        async with self._loop(listening) as loop, asyncio.timeout(SECONDS):
            plan = await loop.settle()
        assert listening.is_over
        if plan.is_converged:
            return Told(Exit.OK, "as the spec says")
        return Told(Exit.FINDINGS, " ".join(f"{hold.node} {hold.reason}" for hold in plan.holds))

    @asynccontextmanager
    async def _loop(self, listener: Listener) -> AsyncIterator[Loop]:
        prepared = await prepare_folder(self.file, self.environment)
        cluster = await connect(prepared, self.folder)
        try:
            async with opened(prepared, cluster, listener) as loop:
                yield loop
        finally:
            await cluster.close()

    def train(self) -> str:
        """A training is added, and has ended well; gives the name of its record. Nothing of it is left but that."""
        self.spec["spec"]["compute"] = {"pools": {"cpu": {"node": {"cpu": 1, "memory": "1Gi"}}}}
        self.spec["spec"]["training"] = {"classifier": {"image": RUNTIME, "command": ["train"]}}
        self.write()
        record = asyncio.run(self._step_until(lambda loop: next(iter(loop.mirror.records), "")))
        change = {"status": {"phase": "Succeeded", "attempt": 1}}
        path = f"{self.path('runs', record, TRIMTAB)}/status"
        self.plane.api.request("PATCH", path, change, "application/merge-patch+json")
        told = self.apply()
        assert told.code == Exit.OK, told.text
        eventually(lambda: not self.plane.api.get(self.path("jobs", group=BATCH))["items"], "no Job")
        return record

    def begin_run(self) -> Told:
        """As far as its first Job, whose role is told."""

        def role(loop: Loop) -> str:
            found = (o.labels[ROLE_LABEL] for o in loop.mirror.objects.values() if o.ref.kind == "Job")
            return next(found, "")

        return Told(Exit.OK, asyncio.run(self._step_until(role)))

    async def _step_until(self, told: Callable[[Loop], str]) -> str:
        async with self._loop(Silent()) as loop, asyncio.timeout(SECONDS):
            while not told(loop):
                await loop.step()
            return told(loop)

    def end(self) -> None:
        """What is in no namespace goes with it."""
        api = self.plane.api
        for thing in self.things():
            plural, _, name = thing.partition("/")
            collection = ABOVE.get(plural)
            if collection is not None:
                api.delete(f"/{collection}/{name}")

    def comes_to_rest(self) -> None:
        """The last that Kubernetes writes of a claim is that no Pod uses it."""
        path = self.path("persistentvolumeclaims")

        def is_at_rest() -> bool:
            claims = self.plane.api.get(path)["items"]
            return all(each["status"].get("conditions") for each in claims)

        eventually(is_at_rest, "claims that nobody uses")

    def things(self) -> Things:
        return dict(self._things())

    def _things(self) -> Iterator[tuple[str, Thing]]:
        for collection in (*IN_NAMESPACES, *ABOVE.values()):
            plural = collection.rpartition("/")[2]
            for item in self.plane.api.get(f"/{collection}")["items"]:
                metadata = item["metadata"]
                name = f"{plural}/{metadata['name']}"
                home = metadata.get("namespace", "")
                is_near = self.namespace in home or (not home and self.namespace in name)
                if is_near and name not in BY_KUBERNETES:
                    key = "/".join(filter(None, (home.removeprefix(self.namespace), name)))
                    yield key, Thing(metadata["uid"], metadata["resourceVersion"])


@contextmanager
def at_most(seconds: int, said: io.StringIO) -> Iterator[None]:
    """A command that waits for what will never come fails the test with its words."""

    def over(*_: object) -> NoReturn:
        raise AssertionError(f"not over after {seconds} s: {said.getvalue()}")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Interrupting:
    """Listens to a loop. Its accident happens when something that was applied before, or is new, is about to be written."""

    accident: Callable[[], None]
    is_over: bool = False

    def planned(self, plan: Plan, state: State) -> None:
        verbs = {action.step.verb for action in plan.actions}
        if not self.is_over and verbs & {Verb.CREATE, Verb.HEAL, Verb.DELETE}:
            self.is_over = True
            self.accident()

    def acted(self, action: Action) -> None: ...


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def claim(name: str, storage_class: str) -> Body:
    spec = {
        "storageClassName": storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return manifest("v1", "PersistentVolumeClaim", name, spec=spec)


def suspended_job(name: str, labels: Mapping[str, str]) -> Body:
    """It starts nothing."""
    template = {"spec": pod_spec(restartPolicy="Never")}
    body = manifest("batch/v1", "Job", name, spec={"suspend": True, "template": template})
    return {**body, "metadata": {"name": name, "labels": dict(labels)}}


def base_spec(namespace: str) -> Body:
    return {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "shop", "namespace": namespace},
        "spec": {
            "data": {
                "stores": {"disk": {"volume": {"size": "1Gi", "class": namespace}}},
                "artifacts": {"store": "disk", "path": "models"},
            },
            "manifests": {
                "settings": config_map("settings", color="red"),
                "limits": config_map("limits", size="1"),
                "door": manifest("v1", "Service", "door", spec={"ports": [{"port": 80}]}),
                "reader": manifest(
                    "rbac.authorization.k8s.io/v1", "ClusterRole", f"reader-of-{namespace}", rules=[]
                ),
            },
            "defaultEnvironment": "prod",
            "environments": {"prod": {"runOn": "tests", "runtimeImage": RUNTIME}},
        },
    }


def volume(namespace: str, index: int) -> Body:
    """For the claims of the class that is called like the namespace."""
    return {
        "metadata": {"name": f"volume-{index}-of-{namespace}"},
        "spec": {
            "storageClassName": namespace,
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
            "hostPath": {"path": "/nowhere"},
        },
    }


def running_system(plane: Access, test: str, folder: Path) -> System:
    namespace = make_namespace(plane, test)
    system = System(plane, namespace, folder / "repository", base_spec(namespace))
    system.folder.mkdir()
    for index in range(2):
        plane.api.create("/api/v1/persistentvolumes", volume(namespace, index))
    system.write()
    told = system.apply()
    assert told.code == 0, told.text
    return system
