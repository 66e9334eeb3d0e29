"""The file system of a container: a memory root of its own, this machine's programs read-only, its mounts on top.

Nothing is ever made on this machine's own file system: what is read-only is so before anything is mounted below it.
"""

from __future__ import annotations

import os

from namespaces import linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FOLDERS = {
    "tmp": 0o1777,
    "run": 0o755,
    "root": 0o755,
    "home": 0o755,
    "var/tmp": 0o1777,
    "var/log": 0o755,
    "mnt": 0o755,
}
SYSTEM = ("usr", "etc")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
SHARED_MEMORY = "64m"
"""What a container gets at /dev/shm unless it mounts more."""


def build(config: Mapping[str, Any]) -> None:
    """In a mount and process namespace of its own: afterwards `/` is the container's."""
    root = config["root"]
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID, "mode=755")
    os.umask(0)
    for folder, mode in FOLDERS.items():
        os.makedirs(f"{root}/{folder}", mode, exist_ok=True)
    os.symlink("/run", f"{root}/var/run")
    _system(root)
    _devices(root)
    for source, target, read_only in sorted(config["binds"], key=lambda bind: bind[1].count("/")):
        bind(source, _below(root, target), read_only=read_only)
    linux.become_root(root)
    if config["read_only_root"]:
        linux.mount("", "/", flags=linux.MS_REMOUNT | linux.MS_RDONLY)
    os.umask(0o022)


def begin_last_words(config: Mapping[str, Any]) -> None:
    """An empty file for each start; what the start before it left is kept beside."""
    file = config["last_words"]
    if os.path.exists(file):
        os.replace(file, f"{file}.before")
    linux.write(file, "")
    os.chmod(file, 0o666)


def bind(source: str, target: str, *, read_only: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        linux.write(target, "")
    linux.mount(source, target, flags=linux.MS_BIND | linux.MS_REC)
    if read_only:
        linux.mount("", target, flags=linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY)


def _system(root: str) -> None:
    for name in SYSTEM:
        bind(f"/{name}", f"{root}/{name}", read_only=True)
    for name in ("bin", "sbin", "lib", "lib64", "lib32"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            bind(f"/{name}", f"{root}/{name}", read_only=True)


def _devices(root: str) -> None:
    os.makedirs(f"{root}/proc")
    linux.mount("proc", f"{root}/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    os.makedirs(f"{root}/sys")
    linux.mount("sysfs", f"{root}/sys", "sysfs", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_RDONLY)
    os.makedirs(f"{root}/dev/shm", 0o1777)
    linux.mount("tmpfs", f"{root}/dev/shm", "tmpfs", linux.MS_NOSUID, f"mode=1777,size={SHARED_MEMORY}")
    for name in DEVICES:
        bind(f"/dev/{name}", f"{root}/dev/{name}", read_only=False)
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, f"{root}/dev/{name}")


def _below(root: str, target: str) -> str:
    """Where a path of the container lies while its root is being built; links in it, as /var/run, are its own."""
    place = root
    for part in os.path.normpath(target).strip("/").split("/"):
        place = f"{place}/{part}"
        if os.path.islink(place):
            link = os.readlink(place)
            place = f"{root}{link}" if link.startswith("/") else f"{os.path.dirname(place)}/{link}"
    return place
