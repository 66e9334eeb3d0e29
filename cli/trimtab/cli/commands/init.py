"""`trimtab init`: a first spec that checks clean and runs, with what its editor needs beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from trimtab.cli import files, scaffold
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.spec import spec_files

SCHEMA = Path(".trimtab") / "mlsystem.schema.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Write a spec and the code it names into a folder. Where there is a spec already, it stays as it is, "
        "and only the schema for editors is written.",
        ("trimtab init", "a training, here; `trimtab apply` runs it"),
        ("trimtab init fraud --template train-and-serve", "a model that is served, in a new folder"),
        ("trimtab init --template pipeline", "data, contract, training and evaluation"),
    )
    parser.add_argument(
        "folder", nargs="?", metavar="PATH", default=".", type=Path, help="where (default: here)"
    )
    parser.add_argument(
        "--template", choices=scaffold.NAMES, default=scaffold.NAMES[0], help="what to begin with"
    )
    parser.add_argument("--name", help="the system's name (default: the folder's)")


def run(args: argparse.Namespace) -> Exit:
    folder = args.folder
    folder.mkdir(parents=True, exist_ok=True)
    spec = folder / spec_files.NAME
    if spec.exists():
        say(f"{spec} is there, and stays as it is")
    else:
        wanted = scaffold.contents(args.template, args.name or scaffold.name_from(folder))
        scaffold.place(folder, wanted)
        for path in wanted:
            say(f"wrote {folder / path}")
    _write_schema(folder / SCHEMA)
    if scaffold.ignore(folder):
        say(f"wrote {folder / '.gitignore'}")
    where = "" if folder == Path() else f" {folder}"
    say(f"next: trimtab check{where}, then trimtab apply{where}")
    return Exit.OK


def _write_schema(path: Path) -> None:
    """For yaml-language-server, which the spec's first line points here."""
    from trimtab.spec.json_schema import schema_text

    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, schema_text())
