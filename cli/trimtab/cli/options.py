"""Arguments that several commands share, so that each is called and explained alike everywhere."""

from __future__ import annotations

import argparse


def spec(parser: argparse.ArgumentParser, *, option: bool = False) -> None:
    """The spec a command is about. Where its own argument is more important, the spec is an option."""
    meaning = "the spec, or the folder it is in (default: mlsystem.yaml here)"
    if option:
        parser.add_argument("-f", "--file", dest="spec", metavar="SPEC", help=meaning)
    else:
        parser.add_argument("spec", nargs="?", metavar="SPEC", help=meaning)


def specs(parser: argparse.ArgumentParser) -> None:
    """The specs a command is about, and what a hook needs that is handed every YAML file of a commit."""
    meaning = "specs, folders or quoted globs (default: all below)"
    parser.add_argument("paths", nargs="*", metavar="PATH", help=meaning)
    skipping = "leave out files that are no specs: for hooks, which name every YAML file"
    parser.add_argument("--skip-others", action="store_true", help=skipping)


def environment(parser: argparse.ArgumentParser) -> None:
    meaning = "the environment meant (default: the spec's defaultEnvironment)"
    parser.add_argument("-e", "--environment", metavar="ENV", help=meaning)


def context(parser: argparse.ArgumentParser) -> None:
    meaning = "a context of your kubeconfig"
    parser.add_argument("--context", metavar="NAME", help=meaning)


def output(parser: argparse.ArgumentParser, *formats: str) -> None:
    """The first format is the default."""
    meaning = "how the data on standard output are written (default: %(default)s)"
    parser.add_argument("--output", choices=formats, default=formats[0], help=meaning)


def take_over(parser: argparse.ArgumentParser) -> None:
    meaning = "take the system from the source, environment or cluster recorded, and what others made under its names"
    parser.add_argument("--take-over", action="store_true", help=meaning)
