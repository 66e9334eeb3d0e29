"""The `data` section: pipelines and contracts as runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from trimtab.compiler import recipe
from trimtab.compiler.bundle import RunKind
from trimtab.compiler.canonical import digest
from trimtab.compiler.compute import gpu_count, shares
from trimtab.compiler.intents import Files, Program, Shares
from trimtab.compiler.kubernetes_basics import text_files
from trimtab.compiler.part import Part, joined
from trimtab.compiler.placed import Placed
from trimtab.compiler.program import build, own_program
from trimtab.compiler.rules import rule
from trimtab.compiler.run_contract import PARAMS_FILE
from trimtab.compiler.run_names import contract_path, contract_run, pipeline_path, pipeline_run, training_path
from trimtab.compiler.runs import Draft, run
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.storage import Storage
from trimtab.compiler.support import said
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath
from trimtab.spec.suggest import listed as listed_words

DATASETS = (*SPEC, "data", "datasets")
CONTRACT_SHARES = Shares({"cpu": "500m", "memory": "1Gi"})
CONTRACT = ["python", "-m", "trimtab.runtime", "contract"]
TABLES = frozenset({"csv", "jsonl", "npz", "parquet"})
"""The formats that our own workloads read; without one they go by the names of the files."""
VIOLATIONS = "violations"
"""The metric in which a contract counts what is wrong."""


def compile_data(site: Site, storage: Storage) -> Part:
    return joined([*_pipelines(site, storage), *_contracts(site, storage)])


def listed(names: Iterable[str], path: SpecPath) -> dict[str, SpecPath]:
    """Each name of a list, with the place of its item."""
    return {name: (*path, index) for index, name in enumerate(names)}


def deadline(placed: Placed) -> Any:
    seconds = placed.workload.timeout.run
    return at(seconds, placed.at("timeout", "run")) if seconds else None


def params_files(site: Site, run_name: str, params: object, path: SpecPath) -> tuple[Files, Part]:
    """`params.json` as an immutable ConfigMap."""
    text = json.dumps(params, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    carried = text_files(site, f"{run_name}-params", {PARAMS_FILE: text + "\n"}, path)
    return Files("params", carried.ref.name, path), Part(objects=(carried,))


def _pipelines(site: Site, storage: Storage) -> Iterator[Part]:
    for name, pipeline in sorted(site.spec.data.pipelines.items()):
        placed = Placed(pipeline, pipeline_path(name), site.findings.positions)
        built = build(site, placed)
        draft = Draft(
            kind=RunKind.PIPELINE,
            name=pipeline_run(site, name),
            at=placed.path,
            title=f"pipeline {name}",
            program=built.program,
            recipe=recipe.recipe(RunKind.PIPELINE, pipeline, built.identity, gpu_count(site, pipeline)),
            exec_digest=recipe.exec_digest(pipeline),
            shares=shares(site, pipeline, placed.path),
            reads=listed(pipeline.reads, placed.at("reads")),
            writes=listed(pipeline.writes, placed.at("writes")),
            retries=at(pipeline.retries.times, placed.at("retries")),
            attempt=pipeline.attempt,
            deadline=deadline(placed),
        )
        yield Part((run(site, storage, draft),), built.objects)


def _contracts(site: Site, storage: Storage) -> Iterator[Part]:
    for name, dataset in sorted(site.spec.data.datasets.items()):
        if dataset.expect is None:
            continue
        path, run_name = contract_path(name), contract_run(site, name)
        refuse_unreadable(site, name, f"`{said(path)}`", path)
        expect = {**recipe.plain(dataset.expect), **form_of(site, name)}
        files, part = params_files(site, run_name, expect, path)
        draft = Draft(
            kind=RunKind.CONTRACT,
            name=run_name,
            at=path,
            title=f"contract of {name}",
            program=own_program(site, CONTRACT, _neighbour(site, name)),
            recipe={"kind": str(RunKind.CONTRACT), "reads": [name], "expect": expect},
            exec_digest=digest({}),
            shares=CONTRACT_SHARES,
            reads={name: path},
            files=(files,),
            accept=(rule(VIOLATIONS, None, 0, path),),
        )
        yield joined([Part((run(site, storage, draft),)), part])


def form_of(site: Site, dataset: str) -> dict[str, str]:
    """For the params of whatever of ours reads it; nothing where the names of its files are to tell."""
    kind = site.spec.data.datasets[dataset].format
    return {"format": kind} if kind else {}


def refuse_unreadable(site: Site, dataset: str, what: str, path: SpecPath) -> None:
    """Our own workloads look into tables alone."""
    kind = site.spec.data.datasets[dataset].format
    if kind and kind not in TABLES:
        message = (
            f"{what} can't be compiled yet for a dataset in `{kind}`, only in {listed_words(sorted(TABLES))}"
        )
        site.findings.add("TT401", message, path, ("its format is here", (*DATASETS, dataset, "format")))


def _neighbour(site: Site, dataset: str) -> Program | None:
    """A program that writes or reads the dataset, and so has what opens its format."""
    spec, positions = site.spec, site.findings.positions
    pipelines = [Placed(p, pipeline_path(n), positions) for n, p in sorted(spec.data.pipelines.items())]
    trainings = [Placed(t, training_path(n), positions) for n, t in sorted(spec.training.items())]
    for placed in (*pipelines, *trainings):
        if dataset in (*placed.workload.writes, *placed.workload.reads):
            return build(site, placed).program
    return None
