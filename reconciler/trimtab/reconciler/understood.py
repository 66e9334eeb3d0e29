"""What a spec means in one environment, for those who know nothing of the language: it travels between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Target
from trimtab.spec.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Understood:
    """`bundle` is None where a diagnostic is an error, and of a platform. `refusal` says why it can't be brought to an
    engine all the same.

    `target` is None for this machine. `texts` holds each file that a finding may lie in.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    bundle: Bundle | None = None
    target: Target | None = None
    refusal: str = ""
