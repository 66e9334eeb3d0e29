"""What a daemon is to follow, out of its arguments: a repository, a branch, specs in it, and a place for the state."""

from __future__ import annotations

import argparse
import subprocess
from glob import has_magic
from pathlib import Path

from trimtab.cli.complaint import Complaint
from trimtab.reconciler.daemon import Following
from trimtab.reconciler.git import GitSource
from trimtab.reconciler.selection import Selection

MIRROR = Path(".trimtab", "mirror.git")


def following(args: argparse.Namespace) -> Following:
    if args.every <= 0:
        raise Complaint(f"--every {args.every:g} is no pause", "trimtab daemon --every 5")
    return _remote(args) if args.repo else _around(args)


def _remote(args: argparse.Namespace) -> Following:
    """Specs are paths in the repository; the state lies below the current folder."""
    patterns = [pattern.strip("/").removeprefix("./") for pattern in args.specs]
    source = GitSource(args.repo, args.branch or "main", Path.cwd() / MIRROR)
    return _of(args, source, patterns, Path.cwd())


def _around(args: argparse.Namespace) -> Following:
    """The repository that the specs on disk are in. What is followed are its commits, not the folder."""
    paths = [Path(argument).resolve() for argument in args.specs or (".",)]
    folder = _folder(paths[0])
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise Complaint(f"{folder} is in no git repository", "git init, or trimtab apply")
    branch = args.branch or _git(folder, "symbolic-ref", "--short", "HEAD")
    if branch is None:
        raise Complaint("no branch is checked out here", "trimtab daemon --branch BRANCH")
    home = Path(top).resolve()
    for path in paths:
        if not path.is_relative_to(home):
            raise Complaint(f"{path} is not in {home}", "a daemon a repository")
    patterns = [path.relative_to(home).as_posix() for path in paths]
    return _of(args, GitSource(top, branch, folder / MIRROR), patterns, home)


def _of(args: argparse.Namespace, source: GitSource, patterns: list[str], home: Path) -> Following:
    selection = Selection(tuple("" if pattern == "." else pattern for pattern in patterns) or ("",))
    return Following(source, selection, args.environment, home, args.every, args.take_over)


def _folder(path: Path) -> Path:
    """That is there, and holds what is meant."""
    return next(each for each in (path, *path.parents) if each.is_dir() and not has_magic(str(each)))


def _git(folder: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
