"""The `training` section: trainings and the evaluations that judge their models, each a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trimtab.compiler import network_policy, recipe
from trimtab.compiler.bundle import RunKind
from trimtab.compiler.compute import gpu_count, shares
from trimtab.compiler.data import deadline, listed, params_files
from trimtab.compiler.intents import Gang, Mount, Program, Shares
from trimtab.compiler.kubernetes_job import TORCHRUN, torchrun_variables
from trimtab.compiler.part import Part, joined
from trimtab.compiler.placed import Placed, evaluation_of
from trimtab.compiler.program import build
from trimtab.compiler.rules import accept
from trimtab.compiler.run_names import evaluation_run, training_path, training_run
from trimtab.compiler.runs import Draft, run
from trimtab.compiler.site import Site
from trimtab.compiler.storage import Storage
from trimtab.compiler.tree import at, mapped

if TYPE_CHECKING:
    from trimtab.spec.model.training import Evaluation, Training

CHECKPOINT_GRACE = 60
"""Seconds that a training has to save its state when it is asked to stop."""
SHARED_MEMORY = "1Gi"
"""Of /dev/shm, through which data loaders and collectives pass tensors; the 64 MiB of a container break both."""


def compile_training(site: Site, storage: Storage) -> Part:
    return joined(
        part
        for name, training in sorted(site.spec.training.items())
        for part in (_training(site, storage, name, training), *_evaluations(site, storage, name, training))
    )


def _training(site: Site, storage: Storage, name: str, training: Training) -> Part:
    placed = Placed(training, training_path(name), site.findings.positions)
    run_name, built = training_run(site, name), build(site, placed)
    gpus = gpu_count(site, training)
    if training.launcher == "plain" and (training.processes or 1) > 1:
        site.findings.add("TT407", "what starts its processes? write `launcher`", placed.at("processes"))
    files, params = params_files(site, run_name, recipe.plain(training.params), placed.at("params"))
    gang = _gang(placed, gpus)
    draft = Draft(
        kind=RunKind.TRAINING,
        name=run_name,
        at=placed.path,
        title=f"training {name}",
        program=_launched(built.program, gang),
        recipe=recipe.recipe(RunKind.TRAINING, training, built.identity, gpus),
        exec_digest=recipe.exec_digest(training),
        shares=_with_shared_memory(shares(site, training, placed.path)),
        reads=listed(training.reads, placed.at("reads")),
        keeps_output=True,
        mounts=_checkpoints(storage, run_name, placed, training),
        files=(files,),
        variables=_variables(placed, training, gang),
        accept=accept(training.accept, placed.at("accept")),
        retries=at(training.retries.times, placed.at("retries")),
        attempt=training.attempt,
        deadline=deadline(placed),
        gang=gang,
        grace=at(CHECKPOINT_GRACE, placed.at("checkpoint")) if training.checkpoint else None,
    )
    ranks = (network_policy.allow_ranks(site, run_name, gang.at),) if gang else ()
    return joined([Part((run(site, storage, draft),), (*built.objects, *ranks)), params])


def _gang(placed: Placed, gpus: int) -> Gang | None:
    """Ranks meet where a launcher brings them together, or where there are several nodes."""
    workload = placed.workload
    torchrun = workload.launcher == "torchrun"
    if not torchrun and workload.nodes == 1:
        return None
    path = placed.at("launcher") if torchrun else placed.at("nodes")
    return Gang(at(workload.nodes, placed.at("nodes")), workload.processes or gpus or 1, torchrun, path)


def _launched(program: Program, gang: Gang | None) -> Program:
    if gang is None or not gang.torchrun:
        return program
    return replace(program, command=mapped(lambda command: [*TORCHRUN, *command], program.command))


def _with_shared_memory(asked: Shares) -> Shares:
    return replace(asked, shared_memory=asked.shared_memory or SHARED_MEMORY)


def _checkpoints(storage: Storage, run_name: str, placed: Placed, training: Training) -> tuple[Mount, ...]:
    if training.checkpoint is None:
        return ()
    return (storage.checkpoints(training.checkpoint.to, run_name, placed.at("checkpoint")),)


def _variables(placed: Placed, training: Training, gang: Gang | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if training.seed is not None:
        found["TRIMTAB_SEED"] = at(str(training.seed), placed.at("seed"))
    if training.checkpoint:
        every, keep = training.checkpoint.every, training.checkpoint.keep
        found["TRIMTAB_CHECKPOINT_SECONDS"] = at(str(every), placed.at("checkpoint", "every"))
        found["TRIMTAB_CHECKPOINT_KEEP"] = at(str(keep), placed.at("checkpoint", "keep"))
    if gang and gang.torchrun:
        found |= torchrun_variables(gang, at(training.retries.times, placed.at("retries")))
    return found


def _evaluations(site: Site, storage: Storage, name: str, training: Training) -> Iterator[Part]:
    trained = Placed(training, training_path(name), site.findings.positions)
    for evaluation_name, evaluation in sorted(training.evaluate.items()):
        placed = evaluation_of(trained, evaluation_name, evaluation)
        yield _evaluation(site, storage, name, evaluation_name, placed, evaluation)


def _evaluation(
    site: Site, storage: Storage, training: str, name: str, placed: Placed, evaluation: Evaluation
) -> Part:
    run_name, built = evaluation_run(site, training, name), build(site, placed)
    subject, master = training_run(site, training), site.spec.training[training]
    files, params = params_files(site, run_name, recipe.plain(evaluation.params), placed.at("params"))
    draft = Draft(
        kind=RunKind.EVALUATION,
        name=run_name,
        at=placed.path,
        title=f"evaluation {name} of {training}",
        program=built.program,
        recipe=recipe.recipe(
            RunKind.EVALUATION, placed.workload, built.identity, gpu_count(site, evaluation, master)
        ),
        exec_digest=recipe.exec_digest(placed.workload),
        shares=shares(site, evaluation, placed.path, master),
        reads=listed(evaluation.reads, placed.at("reads")),
        model=subject,
        keeps_output=True,
        mounts=(storage.model(subject, placed.path),),
        files=(files,),
        accept=accept(evaluation.accept, placed.at("accept")),
        retries=at(evaluation.retries.times, placed.at("retries")),
        attempt=evaluation.attempt,
        deadline=deadline(placed),
    )
    return joined([Part((run(site, storage, draft),), built.objects), params])
