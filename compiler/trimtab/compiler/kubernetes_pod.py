"""Pod templates, hardened alike: the `restricted` Pod Security Standard, no token, no writable root, no host.

The one place that spells containers, variables, mounts and volumes, for Jobs and Deployments of every section.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.compiler.gpus import placement
from trimtab.compiler.intents import HERE, ROOT, Mount, Program, SecretFile, Work
from trimtab.compiler.naming import dns_label
from trimtab.compiler.site import Site
from trimtab.compiler.tree import at, plain

USER = 10001
"""Neither root nor any user of a node; the number that auditors of images and of manifests agree on."""

LOCK_ANNOTATION = "trimtab.dev/lock"
UNPACK = ["python", "-m", "trimtab.runtime", "unpack"]
UNPACK_SHARES = {"cpu": "100m", "memory": "128Mi"}

POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
LOG_OF_FAILURE = "FallbackToLogsOnError"
"""Who fails without last words is quoted by the end of its log: a reason is then told wherever its status is."""
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def template(
    site: Site, labels: Mapping[str, Any], work: Work, pod: Mapping[str, Any], container: Mapping[str, Any]
) -> dict[str, Any]:
    """A Pod template with one container. `pod` and `container` hold what this kind of workload has besides."""
    annotations = {LOCK_ANNOTATION: work.program.lock} if work.program.lock else {}
    return {
        "metadata": {"labels": labels, "annotations": site.annotations(annotations)},
        "spec": {
            **pod,
            **(placement(work.shares.gpus) if work.shares.gpus else {}),
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": POD_SECURITY,
            "initContainers": [_unpack(site, work.program)] if work.program.code else None,
            "containers": [_container(work, container)],
            "volumes": _volumes(work),
        },
    }


def _container(work: Work, more: Mapping[str, Any]) -> dict[str, Any]:
    program = work.program
    return {
        "name": more["name"],
        "image": program.image,
        "command": program.command,
        "workingDir": at(f"{ROOT}/code", program.code.at) if program.code else None,
        "env": _env(work),
        **more,
        "resources": _requests(work.shares.amounts),
        "terminationMessagePath": f"{ROOT}/termination-log",
        "terminationMessagePolicy": LOG_OF_FAILURE,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": _container_mounts(work),
    }


def _unpack(site: Site, program: Program) -> Any:
    assert program.code is not None  # noqa: S101 - said by the caller
    variables = {"TRIMTAB_CODE": f"{HERE}/code", "TRIMTAB_CODE_ARCHIVE": f"{HERE}/code-archive"}
    container = {
        "name": "unpack",
        "image": site.runtime_image,
        "command": UNPACK,
        "env": [_variable("TRIMTAB_ROOT", ROOT), *(_variable(*pair) for pair in variables.items())],
        "resources": _requests(UNPACK_SHARES),
        "terminationMessagePolicy": LOG_OF_FAILURE,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": "code-archive", "mountPath": f"{ROOT}/code-archive", "readOnly": True},
            {"name": "code", "mountPath": f"{ROOT}/code"},
        ],
    }
    return at(container, program.code.at)


def _env(work: Work) -> list[Any]:
    """Ours first, so that a user's own may refer to them; where both name one, the user's stands."""
    ours = {"TRIMTAB_ROOT": ROOT, **work.variables, "HOME": f"{HERE}/home"}
    written = {plain(variable)["name"] for variable in work.program.env}
    unwritten = (_variable(name, value) for name, value in ours.items() if name not in written)
    return [*unwritten, *work.program.env]


def _variable(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


def _requests(amounts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Limits as requests: nobody's neighbour is surprised, and auditors ask for both."""
    return {"requests": dict(amounts), "limits": dict(amounts)} if amounts else None


def _container_mounts(work: Work) -> list[Any]:
    program = work.program
    return [
        *(_claim_mount(mount) for mount in work.mounts),
        *(at(_read_only(f.path, f"{ROOT}/{f.path}"), f.at) for f in work.files),
        *(at(_read_only(_secret_name(s), f"{ROOT}/{s.path}"), s.at) for s in _by_secret(program)),
        *([at({"name": "code", "mountPath": f"{ROOT}/code"}, program.code.at)] if program.code else []),
        {"name": "home", "mountPath": f"{ROOT}/home"},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
        *([{"name": "shm", "mountPath": "/dev/shm"}] if work.shares.shared_memory else []),  # noqa: S108
    ]


def _claim_mount(mount: Mount) -> Any:
    tree = {"name": mount.claim, "mountPath": f"{ROOT}/{mount.path}", "subPath": mount.directory}
    return at({**tree, "readOnly": True} if mount.read_only else tree, mount.at)


def _read_only(volume: str, path: str) -> dict[str, Any]:
    return {"name": volume, "mountPath": path, "readOnly": True}


def _volumes(work: Work) -> list[Any]:
    program, shares = work.program, work.shares
    claims = {mount.claim: mount.at for mount in reversed(work.mounts)}
    code = program.code
    return [
        *(at(_claim_volume(claim), claims[claim]) for claim in sorted(claims)),
        *(at(_config_volume(f.path, f.config), f.at) for f in work.files),
        *(at(_secret_volume(s), s.at) for s in _by_secret(program)),
        *([at(_config_volume("code-archive", code.config), code.at)] if code else []),
        *([at({"name": "code", "emptyDir": {}}, code.at)] if code else []),
        {"name": "home", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
        *([_memory("shm", shares.shared_memory)] if shares.shared_memory else []),
    ]


def _by_secret(program: Program) -> list[SecretFile]:
    """Each secret is mounted once, with all its entries."""
    return list({file.secret: file for file in reversed(program.secrets)}.values())


def _secret_name(file: SecretFile) -> str:
    return dns_label("secret", file.secret)


def _claim_volume(claim: str) -> dict[str, Any]:
    return {"name": claim, "persistentVolumeClaim": {"claimName": claim}}


def _config_volume(name: str, config: str) -> dict[str, Any]:
    return {"name": name, "configMap": {"name": config}}


def _secret_volume(file: SecretFile) -> dict[str, Any]:
    """Readable by its owner alone. 256 is 0400: a leading zero means one thing in YAML 1.1 and another in 1.2."""
    return {"name": _secret_name(file), "secret": {"secretName": file.secret, "defaultMode": 256}}


def _memory(name: str, size: Any) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": size}}
