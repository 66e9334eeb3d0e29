"""What a daemon is to follow, out of its arguments: a repository, a branch, a spec in it, and a place for the state."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from trimtab.cli import files, specs
from trimtab.cli.complaint import Complaint
from trimtab.reconciler.daemon import Following
from trimtab.reconciler.git import GitSource
from trimtab.reconciler.session import state_directory
from trimtab.spec.load import load
from trimtab.spec.resolve import IMPLICIT, resolve


def following(args: argparse.Namespace) -> Following:
    if args.every <= 0:
        raise Complaint(f"--every {args.every:g} is no pause", "trimtab daemon --every 5")
    return _remote(args) if args.repo else _around(args)


def _remote(args: argparse.Namespace) -> Following:
    """The spec is a path in the repository; the state lies below the current folder."""
    if not args.environment:
        raise Complaint("which environment of that repository?", "trimtab daemon --repo URL -e ENV")
    spec = args.spec or specs.NAME
    state = state_directory(Path(specs.NAME), args.environment)
    return _of(args, args.repo, args.branch or "main", spec, state, args.environment)


def _around(args: argparse.Namespace) -> Following:
    """The repository that the spec on disk is in. What is followed are its commits, not the folder."""
    path = specs.one(args.spec).resolve()
    top = _git(path.parent, "rev-parse", "--show-toplevel")
    if top is None:
        raise Complaint(f"{path.parent} is in no git repository", "git init, or trimtab apply")
    branch = args.branch or _git(path.parent, "symbolic-ref", "--short", "HEAD")
    if branch is None:
        raise Complaint("no branch is checked out here", "trimtab daemon --branch BRANCH")
    environment = args.environment or _default_environment(path)
    spec = path.relative_to(Path(top).resolve()).as_posix()
    return _of(args, top, branch, spec, state_directory(path, environment), environment)


def _of(
    args: argparse.Namespace, url: str, branch: str, spec: str, state: Path, environment: str
) -> Following:
    source = GitSource(url, branch, state / "mirror.git")
    return Following(source, spec, environment, state, args.every, args.take_over)


def _default_environment(path: Path) -> str:
    """Fixed when the daemon starts: a commit must not move a system into another environment."""
    resolved = resolve(load(files.read(path), str(path)))
    return resolved.environment_name or IMPLICIT


def _git(folder: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
