"""`lines`: what was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane import start

from benchmarks.applying.ours import prepare
from benchmarks.applying.rounds import Results, contestants, run
from benchmarks.applying.tables import tables

INTRODUCTION = """\
Applications of four objects (ConfigMap, ServiceAccount, Service, Deployment of no replicas), applied at once into a
namespace of each program's own, all on one control plane (Kubernetes' own servers, on the same machine), one program
after the other. The second pass is the same once more, with nothing to do. Medians; *× raw* is the ratio of medians to
the raw writer's. *Written* is when the API server got the last object, *done* is when the program said that it was.
Requests are counted from the API server's audit log, without watches and leases, which the last table has; *beyond* is
how many there were beside one an object. CPU and memory are the program's own.

Goals of trimtab: written within 1.25 times of the raw writer's time; at most 1.05 requests an object, and 8 a system
beyond one for each object, four of which are its own (a Namespace, an MLSystem, two NetworkPolicies); in a second pass
at most one list a kind. Argo CD is beside us at rest and where it heals, in a section of its own.
"""


def lines() -> Iterator[str]:
    """Raises `CannotBuild`, `DidNotStart`."""
    with start() as plane:
        prepare(plane)
        results = run(plane)
    yield from _introduced(results)
    yield from tables(results.measured)


def _introduced(results: Results) -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield ""
    yield from (f"- {each.name}: {each.how}." for each in contestants())
    yield from (f"- Not measured: {name}. {reason}" for name, reason in results.absent.items())
