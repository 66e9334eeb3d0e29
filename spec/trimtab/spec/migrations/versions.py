"""Which versions of the language there are, and the one sentence that `check` has for the older ones.

It is on the path of a pre-commit hook, so it knows names alone.
"""

from __future__ import annotations

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.yaml_reader import Document

CURRENT = "trimtab.dev/v1"
V1BETA1 = "trimtab.dev/v1beta1"
OLDER = frozenset({V1BETA1})


def version_of(document: Document) -> str | None:
    """What a document gives as its version, if it is a text."""
    version = (document.tree or {}).get("apiVersion")
    return version if isinstance(version, str) else None


def outdated(document: Document) -> Diagnostic | None:
    """The one finding about a spec of an older version: nothing else of it can be judged as it stands."""
    version = version_of(document)
    if version not in OLDER:
        return None
    message = (
        f"`{version}` is an older version of the language; `trimtab migrate` brings the spec to `{CURRENT}`"
    )
    return Diagnostic("TT114", message, document.positions.value(("apiVersion",)))
