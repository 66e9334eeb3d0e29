"""`lines`: what was measured of both, side by side, as Markdown. Who can't be had here is named with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from control_plane import CannotBuild, DidNotStart

from benchmarks.at_rest.arena import say
from benchmarks.at_rest.healing import TOO_LONG_SECONDS
from benchmarks.beside_argocd.argocd import ARGOCD
from benchmarks.beside_argocd.keeper import TRIMTAB, Contestant, Size
from benchmarks.beside_argocd.measuring import Measured, measured
from benchmarks.beside_argocd.tables import tables

FULL = Size()
INTRODUCTION = """\
{objects:,} objects in {systems} systems, on a control plane of its own for each program, one after the other. For trimtab
there is a spec a system, kept by one `trimtab daemon`; for Argo CD an Application a system, of a git repository, with
automated sync, prune and self-heal, and otherwise with the settings of its own manifests. Its programs are the application
controller and the repo server; the Redis between them is one in memory, and is not counted.

{rest:g} s of rest come first, then {changes} changes by others, one after the other, about {each:g} of a system. By default,
Argo CD heals an Application at once the first time, then no sooner than 2, 6, 18, 54, 162 s after it has synced it, until
there is a new commit. Requests are those of the API server's audit log, without watches and leases; git's processor time
is counted with the program that calls it; what is not healed in {limit:g} s counts as longer than anything.
"""
BOTH = (TRIMTAB, ARGOCD)


def lines(size: Size = FULL, contestants: Sequence[Contestant] = BOTH) -> Iterator[str]:
    found, absent = _found(contestants, size)
    told = INTRODUCTION.format(
        objects=len(size.targets),
        systems=size.systems,
        changes=size.changes,
        rest=size.rest_seconds,
        each=size.changes / size.systems,
        limit=TOO_LONG_SECONDS,
    )
    yield from told.splitlines()
    for name, reason in absent.items():
        yield from ("", f"Not measured: {name}. {reason}")
    if found:
        yield from tables(found, size.rest_seconds)


def _found(contestants: Sequence[Contestant], size: Size) -> tuple[dict[str, Measured], dict[str, str]]:
    found, absent = {}, {}
    for contestant in contestants:
        try:
            found[contestant.name] = measured(contestant, size)
        except (CannotBuild, DidNotStart) as reason:
            say(f"{contestant.name}: {reason}")
            absent[contestant.name] = " ".join(str(reason).split())
    return found, absent
