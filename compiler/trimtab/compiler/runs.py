"""From a section's draft of a run to the `Run` of the bundle: its workload, and the look-up of its record.

Every run has its own directory in the artifact store, with the record beside what it made; which datasets it reads
is the same list in its mounts, its recipe's inputs and the edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.compiler.bundle import Every, Late, Rule, Run, RunKind
from trimtab.compiler.canonical import digest
from trimtab.compiler.intents import Files, Gang, JobIntent, Mount, Program, Shares, Work
from trimtab.compiler.kubernetes_job import RUN_NAME, job
from trimtab.compiler.program import own_program
from trimtab.compiler.run_contract import path_variables, run_variables
from trimtab.compiler.site import Site
from trimtab.compiler.storage import Storage
from trimtab.compiler.tree import plain
from trimtab.spec.positions import SpecPath

OWN_RETRIES = 3
"""Of workloads of ours: they change nothing but their record, so trying again is free."""
LOOKUP = "lookup"
LOOKUP_SHARES = Shares({"cpu": "100m", "memory": "256Mi"})
LOOKUP_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Draft:
    """A run as its section knows it. `reads` and `writes` map a dataset to the line that names it."""

    kind: RunKind
    name: str
    at: SpecPath
    title: str
    program: Program
    recipe: Mapping[str, Any]
    exec_digest: str
    shares: Shares
    reads: Mapping[str, SpecPath] = field(default_factory=dict)
    writes: Mapping[str, SpecPath] = field(default_factory=dict)
    model: str | None = None
    keeps_output: bool = False
    mounts: tuple[Mount, ...] = ()
    files: tuple[Files, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    accept: tuple[Rule, ...] = ()
    retries: Any = OWN_RETRIES
    attempt: int = 1
    deadline: Any = None
    gang: Gang | None = None
    grace: Any = None
    schedule: Every | None = None


def run(site: Site, storage: Storage, draft: Draft) -> Run:
    return Run(
        kind=draft.kind,
        name=draft.name,
        at=draft.at,
        recipe=draft.recipe,
        recipe_digest=digest(draft.recipe),
        exec_digest=draft.exec_digest,
        reads=tuple(sorted(draft.reads)),
        model=draft.model,
        writes=tuple(storage.write(name) for name in sorted(draft.writes)),
        accept=draft.accept,
        workload=job(site, _workload(storage, draft)),
        lookup=job(site, _lookup(site, storage, draft), Late((*RUN_NAME.parts, f"-{LOOKUP}")))[-1],
        retries=plain(draft.retries),
        attempt=draft.attempt,
        schedule=draft.schedule,
        title=draft.title,
    )


def _workload(storage: Storage, draft: Draft) -> JobIntent:
    mounts = (
        *(storage.input(name, path) for name, path in sorted(draft.reads.items())),
        *draft.mounts,
        *_results(storage, draft, read_only=False),
    )
    code = (draft.program.code,) if draft.program.code else ()
    variables = path_variables(mounts, (*draft.files, *code)) | run_variables(draft.name)
    work = Work(draft.program, {**variables, **draft.variables}, mounts, draft.shares, draft.files)
    return JobIntent(
        run=draft.name,
        component=draft.kind.value,
        at=draft.at,
        work=work,
        retries=draft.retries,
        deadline=draft.deadline,
        gang=draft.gang,
        grace=draft.grace,
    )


def _lookup(site: Site, storage: Storage, draft: Draft) -> JobIntent:
    mounts = _results(storage, draft, read_only=True)
    variables = path_variables(mounts, ()) | run_variables(draft.name)
    program = own_program(site, ["python", "-m", "trimtab.runtime", LOOKUP])
    work = Work(program, variables, mounts, LOOKUP_SHARES)
    return JobIntent(draft.name, LOOKUP, draft.at, work, OWN_RETRIES, LOOKUP_SECONDS)


def _results(storage: Storage, draft: Draft, *, read_only: bool) -> tuple[Mount, ...]:
    """What a run leaves: its artifact or the datasets it writes, and its record."""
    output = (storage.output(draft.at, read_only=read_only),) if draft.keeps_output else ()
    written = (
        storage.written(name, path, read_only=read_only) for name, path in sorted(draft.writes.items())
    )
    return (*output, *written, storage.run(draft.at, read_only=read_only))
