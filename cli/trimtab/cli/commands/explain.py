"""`trimtab explain`: the page of a diagnostic's code, or the list of all codes. It reads no spec."""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.spec.explain import codes, explain_code, title_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Explain a diagnostic's code: what is wrong, why that matters, what is right.",
        ("trimtab explain TT203", "a code, as check prints it"),
        ("trimtab explain", "every code, with its title"),
    )
    parser.add_argument("subject", nargs="?", metavar="CODE", help="a code")


def run(args: argparse.Namespace) -> Exit:
    if args.subject is None:
        for code in codes():
            print(f"{code}  {title_of(code)}")
        return Exit.OK
    page = explain_code(args.subject)
    if page is None:
        close = get_close_matches(args.subject.upper(), codes(), n=1)
        hint = f"trimtab explain {close[0]}" if close else "trimtab explain lists them"
        raise Complaint(f"there is no code {args.subject}", hint)
    print(page, end="" if page.endswith("\n") else "\n")
    return Exit.OK
