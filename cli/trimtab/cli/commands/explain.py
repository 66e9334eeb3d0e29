"""`trimtab explain`: the page of a diagnostic's code, or what the language says of a key. It reads no spec."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches

from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.spec.explain import codes, explain_code, title_of

CODE = re.compile(r"TT\d+", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Explain a diagnostic's code (what is wrong, why that matters, what is right) or a key of the spec "
        "(what it means, what it takes, an example). Names of your own stand for any name.",
        ("trimtab explain TT203", "a code, as check prints it"),
        ("trimtab explain training.classifier.accept", "a key"),
        ("trimtab explain", "every code, with its title"),
    )
    parser.add_argument("subject", nargs="?", metavar="CODE|KEY", help="a code, or the path of a key")


def run(args: argparse.Namespace) -> Exit:
    if args.subject is None:
        text = "\n".join(f"{code}  {title_of(code)}" for code in codes())
    elif CODE.fullmatch(args.subject):
        text = _code(args.subject)
    else:
        text = _key(args.subject)
    print(text.rstrip("\n"))
    return Exit.OK


def _code(code: str) -> str:
    page = explain_code(code)
    if page is None:
        close = get_close_matches(code.upper(), codes(), n=1)
        raise Complaint(f"there is no code {code}", f"trimtab explain {' '.join(close)}".rstrip())
    return page


def _key(path: str) -> str:
    from trimtab.spec.explain_path import explain_path

    told = explain_path(path)
    if told is None:
        parents = (path.rsplit(".", cut)[0] for cut in range(1, path.count(".") + 1))
        known = next((parent for parent in parents if explain_path(parent)), "spec")
        raise Complaint(f"the language has no place {path}", f"trimtab explain {known}")
    return told
