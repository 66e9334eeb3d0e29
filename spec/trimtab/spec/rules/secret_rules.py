"""Secrets written in clear: by the name of the variable, or by the look of the value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.facts import STORES
from trimtab.spec.rules.registry import Context, Found, rule

TELLING = re.compile(
    r"(^|_)(password|passwd|passphrase|token|secret|api_?key|access_?key|secret_?key|private_?key|credentials?)$",
    re.I,
)
"""The end of a variable's name that says it holds a secret."""
LOOKS = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a Slack webhook": re.compile(r"https://hooks\.slack\.com/services/\w+"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."),
    "a Google API key": re.compile(r"\bAIza[\w-]{35}\b"),
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@rule("TT304")
def secrets_are_not_written_in_clear(context: Context) -> Iterator[Found]:
    """A spec is in git: what is written there is known to everybody, for ever."""
    seen = set()
    for at, text in _texts(context.tree, ()):
        if kind := next((kind for kind, look in LOOKS.items() if look.search(text)), None):
            seen.add(at)
            yield Found(
                at, f"this looks like {kind}; a secret belongs in `security.secrets`, never in a spec"
            )
    for at, name, value in _variables(context):
        if TELLING.search(_WORDS.sub("_", name)) and value and at not in seen and not value.startswith("/"):
            message = (
                f"`{name}` is written in clear; declare it in `security.secrets` and write `{{secret: …}}`"
            )
            yield Found(at, message)


def _texts(tree: Any, at: SpecPath) -> Iterator[tuple[SpecPath, str]]:
    if isinstance(tree, str):
        yield at, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            if at != ("spec",) or key != "environments":
                yield from _texts(value, (*at, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _texts(item, (*at, index))


def _variables(context: Context) -> Iterator[tuple[SpecPath, str, str]]:
    for at, workload, _ in context.workloads():
        for name, value in workload.env.items():
            yield (*at, "env", name), name, value.value or ""
        for name, parameter in getattr(workload, "params", {}).items():
            if isinstance(parameter, str):
                yield (*at, "params", name), name, parameter


@rule("TT305")
def addresses_hold_no_passwords(context: Context) -> Iterator[Found]:
    """`scheme://user:password@host` is a secret in clear."""
    for name, store in context.spec.data.stores.items():
        authority = (store.uri or "").partition("://")[2].partition("/")[0]
        user, at_sign, _ = authority.rpartition("@")
        if at_sign and ":" in user:
            message = (
                f"the address of store `{name}` holds a password; name a `secret` or an `identity` instead"
            )
            yield Found((*STORES, name, "uri"), message)
