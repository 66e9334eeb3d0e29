"""A git branch as a source: a bare mirror, fetched by the `git` program, hardened, and never checked out.

Nothing of a repository is executed: no hooks, no filters, no worktree, no submodules. Whatever git says at a failure
becomes one `GitError`; a source that can't be read is an error, never an empty tree.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

from trimtab.reconciler.files import Blob

TIMEOUT_SECONDS = 120
_REF = re.compile(r"^[A-Za-z0-9][\w./-]*$")
_SETTINGS = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "submodule.recurse=false",
    "gc.auto=0",
)


class GitError(Exception):
    """One sentence: what was asked of git, and what it said."""


@dataclass(frozen=True, slots=True)
class GitSource:
    """`url` may be a path of this machine, `file://`, `https://` or ssh; `mirror` is a folder of our own."""

    url: str
    branch: str
    mirror: Path

    async def poll(self) -> str:
        """The branch's newest commit, fetched if it is new. Raises GitError."""
        if not _REF.match(self.branch) or ".." in self.branch:
            raise GitError(f"`{self.branch}` is not the name of a branch")
        head = await self._remote_head()
        if not await self._has(head):
            await self._fetch()
        return head

    async def read(self, commit: str, path: str) -> bytes:
        return await self._git("cat-file", "blob", f"{commit}:{path}")

    async def tree(self, commit: str, folder: str) -> list[Blob]:
        """The regular files below `folder`, by path. Symbolic links and submodules are left out."""
        regular = await self._regular(f"{commit}:{folder}" if folder not in {"", "."} else commit)
        data = await self._blobs([oid for _, oid, _ in regular])
        return sorted(Blob(path, mode == "100755", data[oid]) for mode, oid, path in regular)

    async def paths(self, commit: str) -> list[str]:
        """Of all regular files."""
        return [path for _, _, path in await self._regular(commit)]

    async def subject(self, commit: str) -> str:
        """The commit's first line, for people."""
        return (await self._git("log", "-1", "--format=%s", commit)).decode(errors="replace").strip()

    async def _remote_head(self) -> str:
        wanted = f"refs/heads/{self.branch}"
        out = await self._git("ls-remote", "--end-of-options", self.url, wanted, bare=False)
        for line in out.decode().splitlines():
            oid, _, name = line.partition("\t")
            if name == wanted:
                return oid
        raise GitError(f"{self.url} has no branch {self.branch}")

    async def _has(self, commit: str) -> bool:
        if not (self.mirror / "HEAD").exists():
            return False
        try:
            await self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitError:
            return False
        return True

    async def _fetch(self) -> None:
        if not (self.mirror / "HEAD").exists():
            self.mirror.mkdir(parents=True, exist_ok=True)
            await self._git("init", "--quiet", "--bare", str(self.mirror), bare=False)
        spec = f"+refs/heads/{self.branch}:refs/heads/{self.branch}"
        await self._git("fetch", "--quiet", "--no-tags", "--end-of-options", self.url, spec)

    async def _regular(self, treeish: str) -> list[tuple[str, str, str]]:
        """Mode, object and path."""
        rows = (await self._git("ls-tree", "-r", "-z", "--full-tree", treeish)).split(b"\0")
        files = [_row(row) for row in rows if row]
        return [(mode, oid, path) for mode, oid, path in files if mode in {"100644", "100755"}]

    async def _blobs(self, oids: list[str]) -> dict[str, bytes]:
        stdin = "".join(f"{oid}\n" for oid in oids).encode()
        out, found, at = await self._git("cat-file", "--batch", stdin=stdin), {}, 0
        for oid in oids:
            header_end = out.index(b"\n", at)
            size = int(out[at:header_end].split()[2])
            found[oid] = out[header_end + 1 : header_end + 1 + size]
            at = header_end + size + 2
        return found

    async def _git(self, *arguments: str, stdin: bytes = b"", bare: bool = True) -> bytes:
        argv = ["git", *(word for setting in _SETTINGS for word in ("-c", setting))]
        argv += ["--git-dir", str(self.mirror)] if bare else []
        process = await asyncio.create_subprocess_exec(
            *argv,
            *arguments,
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(self.mirror, self.url),
            start_new_session=True,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin or None), TIMEOUT_SECONDS)
        except RuntimeError:  # uvloop's word for a program that ended before it had read all
            raise GitError(f"git {arguments[0]} ended before it was told all") from None
        except TimeoutError:
            process.kill()
            await process.wait()
            raise GitError(f"git {arguments[0]} took longer than {TIMEOUT_SECONDS} s") from None
        if process.returncode != 0:
            said = err.decode(errors="replace").strip().splitlines()
            raise GitError(f"git {arguments[0]}: {said[-1] if said else f'exit code {process.returncode}'}")
        return out


def _row(row: bytes) -> tuple[str, str, str]:
    meta, _, path = row.partition(b"\t")
    mode, _, oid = meta.decode().split(" ")
    return mode, oid, path.decode(errors="surrogateescape")


def _environment(mirror: Path, url: str) -> dict[str, str]:
    """Only what git needs; the user's own configuration could run programs."""
    local = url.startswith(("/", "./", "../", "file://")) or Path(url).exists()
    kept = {name: os.environ[name] for name in ("PATH", "SSH_AUTH_SOCK", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(mirror.parent),
        "GIT_ALLOW_PROTOCOL": "file" if local else "https:ssh",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes",
    }
