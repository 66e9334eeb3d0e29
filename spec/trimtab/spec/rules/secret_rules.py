"""Secrets written in clear: by the name of the variable, or by the look of the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.facts import STORES
from trimtab.spec.rules.registry import Context, Found, rule

TELLING = (
    "password", "passwd", "passphrase", "secret", "apikey", "accesskey", "secretkey", "privatekey", "credentials",
)  # fmt: skip
"""The end of a name that says it holds a secret, without what spelling habits differ in."""
TOKEN = "token"  # noqa: S105
"""Tells of a secret in an environment variable. Among a model's parameters it is a word (`padToken: <pad>`)."""
LOOKS = {
    "AKIA": ("an AWS access key", r"\bAKIA[0-9A-Z]{16}\b"),
    "ASIA": ("an AWS access key", r"\bASIA[0-9A-Z]{16}\b"),
    "ghp_": ("a GitHub token", r"\bghp_[A-Za-z0-9]{36,}"),
    "gho_": ("a GitHub token", r"\bgho_[A-Za-z0-9]{36,}"),
    "ghs_": ("a GitHub token", r"\bghs_[A-Za-z0-9]{36,}"),
    "github_pat_": ("a GitHub token", r"\bgithub_pat_\w{50,}"),
    "hf_": ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
    "xox": ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "hooks.slack.com/services/": ("a Slack webhook", r"https://hooks\.slack\.com/services/\w+"),
    "sk-": ("an API key", r"\bsk-[A-Za-z0-9_-]{20,}"),
    "PRIVATE": ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "eyJ": ("a signed token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."),
    "AIza": ("a Google API key", r"\bAIza[\w-]{35}\b"),
}
"""By a mark that each text of the kind holds: what it is, and how it looks whole."""
SHORTEST = 13
"""No secret of these kinds is shorter; most texts of a spec are."""


@rule("TT304")
def secrets_are_not_written_in_clear(context: Context) -> Iterator[Found]:
    """A spec is in git: what is written there is known to everybody, for ever."""
    seen = set()
    for at, text in _texts(context):
        if kind := _looks_like(text):
            seen.add(at)
            yield Found(
                at, f"this looks like {kind}; a secret belongs in `security.secrets`, never in a spec"
            )
    for at, name, value in _variables(context):
        if value and at not in seen and not value.startswith("/"):
            message = (
                f"`{name}` is written in clear; declare it in `security.secrets` and write `{{secret: …}}`"
            )
            yield Found(at, message)


def _looks_like(text: str) -> str | None:
    if len(text) < SHORTEST:
        return None
    return next(
        (kind for mark, (kind, look) in LOOKS.items() if mark in text and re.search(look, text)), None
    )


@lru_cache(8)
def _may_hold_one(source: str) -> bool:
    """Asked of a whole text at once, which is soon done. The answer is generous: it sees no ends of words."""
    return "\\" in source or any(
        mark in source and re.search(look.replace(r"\b", "").replace(" ", r"\s"), source)
        for mark, (_, look) in LOOKS.items()
    )


def _texts(context: Context) -> Iterator[tuple[SpecPath, str]]:
    """Every text that holds in this environment; what others override is theirs. None where no secret can be."""
    waiting: list[tuple[SpecPath, Any]] = [((), context.tree)] if _may_hold_one(context.source) else []
    while waiting:
        at, tree = waiting.pop()
        for key, value in tree.items() if type(tree) is dict else enumerate(tree):
            if type(value) is str:
                yield (*at, key), value
            elif type(value) in (dict, list) and (at != ("spec",) or key != "environments"):
                waiting.append(((*at, key), value))


def _variables(context: Context) -> Iterator[tuple[SpecPath, str, str]]:
    """Variables and parameters whose name says that they hold a secret."""
    for at, workload, _ in context.workloads():
        for name, value in workload.env.items():
            if _plain(name).endswith((*TELLING, TOKEN)):
                yield (*at, "env", name), name, value.value or ""
        for name, parameter in getattr(workload, "params", {}).items():
            if isinstance(parameter, str) and _plain(name).endswith(TELLING):
                yield (*at, "params", name), name, parameter


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


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
