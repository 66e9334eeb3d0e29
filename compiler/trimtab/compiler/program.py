"""What a workload runs, from its `image`, `code`, `command` and `env`: as a program, and as part of its recipe.

On a cluster that is the image, with the code on top. On this machine images don't run: an environment made from the
lock stands in for one, and the key holds what really ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.capabilities import LOCAL_PYTHON
from trimtab.compiler.carried_code import CarriedCode, carry
from trimtab.compiler.intents import HERE, Program, SecretFile
from trimtab.compiler.placed import Placed
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.workload import EnvValue

ONLY_ENTRY = "value"
"""The key of a secret that has one entry."""
OURS = ("TRIMTAB_", "PET_")
"""How the names of variables begin that the run contract and the launcher set."""


class Built(NamedTuple):
    """A program, what of it can change a result, and the objects it needs."""

    program: Program
    identity: Mapping[str, Any]
    objects: tuple[Manifest, ...]


def build(site: Site, placed: Placed) -> Built:
    code = carry(site, placed)
    image, identity = _image(site, placed, code)
    env, secrets = environment(site, placed)
    command = at(list(placed.workload.command), placed.at("command"))
    program = Program(image, command, env, secrets, code.files, code.lock_config)
    return Built(program, {**identity, **code.identity}, code.objects)


def own_program(site: Site, command: list[str], like: Program | None = None) -> Program:
    """A program of ours. On this machine it runs in the environment of `like`, where numpy or torch are."""
    if site.capabilities.is_local and like is not None:
        return Program(like.image, command, lock=like.lock)
    return Program(site.runtime_image, command)


def _image(site: Site, placed: Placed, code: CarriedCode) -> tuple[Any, Mapping[str, Any]]:
    if site.capabilities.is_local:
        return _local_image(site, placed, code)
    image, path = placed.workload.image, placed.at("image")
    if image is None:
        site.findings.add("TT405", "a cluster runs images: write `image`", placed.path)
        return "", {}
    return at(image, path), {"image": image.partition("@")[2]}


def _local_image(site: Site, placed: Placed, code: CarriedCode) -> tuple[Any, Mapping[str, Any]]:
    if placed.workload.image is not None and placed.workload.code is None:
        message = "this machine runs no images: write `code` with the folder and the lock of the program"
        site.findings.add("TT405", message, placed.at("image"))
    image = f"{LOCAL_PYTHON}@{code.lock.digest}" if code.lock else LOCAL_PYTHON
    path = placed.at("code", "lock") if code.lock else placed.path
    return at(image, path), {"interpreter": site.sources.interpreter}


def environment(site: Site, placed: Placed) -> tuple[tuple[Any, ...], tuple[SecretFile, ...]]:
    variables, files = [], []
    for name, value in sorted(placed.workload.env.items()):
        path = placed.at("env", name)
        if name.startswith(OURS):
            site.findings.add("TT406", f"`{name}` is set by Trimtab; choose another name", path)
        if value.value is not None:
            variables.append(at(_drop_empty({"name": name, "value": value.value}), path))
        elif (found := _secret(site, value, path)) is not None:
            files += [found] if value.secret_file else []
            variables.append(at(_from_secret(name, value, found), path))
    return tuple(variables), tuple(files)


def _secret(site: Site, value: EnvValue, path: SpecPath) -> SecretFile | None:
    """By reference alone. On this machine a file that git does not track supplies secrets, by their name in the spec."""
    name = value.secret or value.secret_file or ""
    existing = site.spec.security.secrets[name].existing
    if value.key is None and existing is not None:
        message = f"which entry of the secret `{name}` is meant? write its `key`"
        written = ("the secret is here", (*SPEC, "security", "secrets", name))
        site.findings.add("TT407", message, path, written)
        return None
    known_as = name if site.capabilities.is_local or existing is None else existing
    return SecretFile(known_as, value.key or ONLY_ENTRY, path)


def _from_secret(name: str, value: EnvValue, secret: SecretFile) -> dict[str, Any]:
    if value.secret_file:
        return {"name": name, "value": f"{HERE}/{secret.path}/{secret.key}"}
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret.secret, "key": secret.key}}}


def _drop_empty(variable: dict[str, Any]) -> dict[str, Any]:
    """An API server drops an empty value, and a manifest that differs from its echo drifts."""
    return {key: value for key, value in variable.items() if value != ""}
