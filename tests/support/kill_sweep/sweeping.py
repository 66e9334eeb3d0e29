"""The sweep as a test sees it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import control_plane
from cluster_access import install
from control_plane import ControlPlane, kubeconfigs
from fake_kubelet import Started, start_fake_kubelet

from kill_sweep.life import ENVIRONMENT, Tried

SUPPORT = Path(__file__).resolve().parent.parent
REQUESTS = 500
"""A second, of each controller: hundreds of systems are more than the usual 20 are meant for."""


@dataclass(frozen=True)
class Outcome:
    tried: list[Tried]
    twice: list[str]
    """Runs that more than one Pod was started for, and Jobs that were created more than once."""

    @property
    def killed(self) -> Counter[str]:
        """How often, by phase."""
        return Counter(each.phase for each in self.tried if each.killed_at)

    @property
    def troubles(self) -> list[Tried]:
        return [each for each in self.tried if each.trouble]

    def told(self) -> Iterable[str]:
        """A line a phase."""
        for phase in dict.fromkeys(each.phase for each in self.tried):
            of_it = [each for each in self.tried if each.phase == phase]
            calls = sorted({each.calls for each in of_it if not each.killed_at})
            last = max((each.index or 0 for each in of_it if each.killed_at), default=0)
            troubles = sum(bool(each.trouble) for each in of_it)
            yield (
                f"{phase}: killed at {self.killed[phase]} places, the last of them index {last}; "
                f"a writer that lived made {calls[0]} to {calls[-1]} calls; {troubles} troubles"
            )


def sweep(folder: Path, *, lanes: int, samples: int = 0) -> Outcome:
    """On a control plane of its own. Without `samples`, every call is tried."""
    with control_plane.start(requests_per_second=REQUESTS) as plane, start_fake_kubelet(plane) as kubelet:
        asyncio.run(install(plane))
        tried = [Tried(**json.loads(line)) for line in _lines(plane, folder, lanes, samples)]
        twice = [*_ran_twice(kubelet.started()), *_created_twice(plane)]
    return Outcome(tried, twice)


def _lines(plane: ControlPlane, folder: Path, lanes: int, samples: int) -> list[str]:
    who = kubeconfigs.write(
        folder / "kubeconfig", plane.url, plane.authority.certificate, plane.admin, context=ENVIRONMENT
    )
    done = subprocess.run(
        [sys.executable, "-m", "kill_sweep", str(plane.folder), str(folder), str(lanes), str(samples)],
        env={**os.environ, "PYTHONPATH": str(SUPPORT), "KUBECONFIG": str(who)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def _ran_twice(started: Iterable[Started]) -> list[str]:
    pods = Counter(f"{each.namespace}/{each.record}" for each in started if each.is_work)
    return sorted(run for run, number in pods.items() if number > 1)


def _created_twice(plane: ControlPlane) -> list[str]:
    """Jobs that do a run's work. What a model is asked before it serves has the name of the look-up before it."""
    made = Counter(
        f"{each.namespace}/{each.name}"
        for each in plane.audit.requests()
        if (each.verb, each.resource, each.code) == ("create", "jobs", 201)
        and not each.name.endswith("-lookup")
    )
    return sorted(job for job, number in made.items() if number > 1)
