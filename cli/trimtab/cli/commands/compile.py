"""`trimtab compile`: the manifests that a spec means in one environment. It reaches no engine and needs none."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from trimtab.cli import files, options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.compiler import emit
from trimtab.compiler.bundle import Bundle

OURS = re.compile(r"(kustomization|\d{2,}-[^/]+|runs/[^/]+/[^/]+)\.yaml")
"""Files of an output folder that this command wrote, and may therefore remove."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Print the Kubernetes manifests that a spec means in one environment, or write them into a folder.",
        ("trimtab compile -e prod", "one stream on standard output"),
        ("trimtab compile -e prod -o deploy/prod", "a file an object, and a kustomization.yaml"),
        ("trimtab compile -e prod -o deploy/prod --check", "exit with 1 if that folder is stale; a hook"),
    )
    options.spec(parser)
    options.environment(parser)
    options.output(parser, "yaml", "json")
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, help="write into this folder")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if the folder is stale"
    )


def run(args: argparse.Namespace) -> Exit:
    if args.check and args.out is None:
        raise Complaint("--check compares with a folder, and none is named", "trimtab compile --check -o DIR")
    return systems.run(_compile(args))


async def _compile(args: argparse.Namespace) -> Exit:
    bundle = (await systems.target(args, warn=True)).bundle
    if args.out is None:
        print(_listed(bundle) if args.output == "json" else emit.emit(bundle.manifests), end="")
        return Exit.OK
    wanted = emit.files(bundle)
    return _check(args.out, wanted) if args.check else _write(args.out, wanted)


def _listed(bundle: Bundle) -> str:
    objects = {"apiVersion": "v1", "kind": "List", "items": [m.body for m in bundle.manifests]}
    return json.dumps(objects, indent=2, ensure_ascii=False, default=str) + "\n"


def _check(folder: Path, wanted: Mapping[str, str]) -> Exit:
    stale = list(_stale(folder, wanted))
    for name, why in stale:
        print(f"{folder / name}: {why}")
    if stale:
        say(f"{folder} is stale; next: the same command without --check")
    return Exit.FINDINGS if stale else Exit.OK


def _write(folder: Path, wanted: Mapping[str, str]) -> Exit:
    for name, _ in _stale(folder, wanted):
        path = folder / name
        if name not in wanted:
            path.unlink()
            say(f"removed {path}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, wanted[name])
            say(f"wrote {path}")
    say(f"{len(wanted)} files in {folder}")
    return Exit.OK


def _stale(folder: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.yaml")}
    for name, text in wanted.items():
        if name not in there:
            yield name, "missing"
        elif there[name].read_bytes() != text.encode():
            yield name, "out of date"
    yield from (
        (name, "no longer asked for") for name in sorted(there.keys() - wanted.keys()) if OURS.fullmatch(name)
    )
