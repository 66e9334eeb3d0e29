"""`trimtab stop`: end every process that Trimtab runs on this machine for a folder. Nothing is forgotten.

It reads no spec, so that a spec which is wrong by now stops nobody from stopping.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trimtab.cli import options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.reconciler.local.stopping import stop
from trimtab.reconciler.opening import state_directory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Stop what runs on this machine for the systems of a folder, in all its environments or in one. "
        "Runs, models and data are kept, and `trimtab apply` brings back what should run.",
        ("trimtab stop", "everything of this folder"),
        ("trimtab stop examples/digits -e laptop", "one environment of another"),
    )
    options.spec(parser)
    options.environment(parser)


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_stop(args))


async def _stop(args: argparse.Namespace) -> Exit:
    states = _states(Path(args.spec or "."), args.environment)
    stopped = [state for state in states if await stop(state)]
    for state in stopped:
        say(f"stopped {state}")
    if not stopped:
        say("nothing runs here")
    return Exit.OK


def _states(path: Path, environment: str | None) -> list[Path]:
    """The state folders beside a spec; a folder counts as the one its spec is in."""
    beside = path / "mlsystem.yaml" if path.is_dir() else path
    if environment:
        return [state_directory(beside, environment)]
    if not path.exists():
        raise Complaint(f"{path} does not exist", "trimtab stop, in the folder of the spec")
    top = state_directory(beside, "any").parent
    return sorted(folder for folder in top.glob("*") if (folder / "engine.db").exists())
