"""Freezing what a run reads. Until every input is there and its contract holds, the answer is why not yet."""

from __future__ import annotations

from dataclasses import replace

from trimtab.compiler.bundle import DatasetInfo, Run, RunKind
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.ledger import Inputs, Phase, Record
from trimtab.reconciler.verdicts import accepts
from trimtab.reconciler.world import World

LIVE = "live"
"""The version of a dataset that a running endpoint appends to; only drift and quality checks read it."""


def freeze(world: World, run: Run) -> Inputs | Hold:
    """The inputs of `run` as of now."""
    if run.kind is RunKind.DRIFT:
        return _watching(world, run)
    inputs = data_of(world, run)
    return _with_model(world, run, inputs) if run.model and isinstance(inputs, Inputs) else inputs


def data_of(world: World, run: Run) -> Inputs | Hold:
    """What it would read now, whatever model it is about."""
    return _reading(world, run, Inputs())


def _watching(world: World, run: Run) -> Inputs | Hold:
    """What is asked is held against what the model that answers has learnt from, however much newer data there is."""
    record = world.serving(run.model or "")
    if record is None:
        reason = f"is measured once {world.runs[run.model or ''].title} serves"
        return Hold(run.node, HoldKind.NOTE, reason, run.at)
    learnt = {name: version for name, version in record.inputs.datasets.items() if name in run.reads}
    directories = {name: record.inputs.directories[name] for name in learnt}
    return _reading(world, run, reading_model(Inputs(learnt, directories), record))


def _reading(world: World, run: Run, inputs: Inputs) -> Inputs | Hold:
    """With a version of each dataset that is not fixed yet."""
    for name in run.reads:
        if name in inputs.datasets:
            continue
        found = _version(world, run, world.datasets[name])
        if isinstance(found, Hold):
            return found
        version, directory = found
        inputs = replace(
            inputs,
            datasets={**inputs.datasets, name: version},
            directories={**inputs.directories, name: directory},
        )
    return inputs


def _version(world: World, run: Run, dataset: DatasetInfo) -> tuple[str, str] | Hold:
    if dataset.pinned is not None:
        version, directory = dataset.pinned, f"{dataset.directory}/{dataset.pinned}"
    elif dataset.writer is None:
        return LIVE, f"{dataset.directory}/{LIVE}"
    else:
        record = world.newest(world.runs[dataset.writer])
        if record is None or not record.ended_well:
            return _not_written(world, run, dataset, record)
        if not record.outputs.get(dataset.name):
            reason = f"{dataset.writer} ended without writing {dataset.name}"
            return Hold(run.node, HoldKind.BLOCKED, reason, dataset.at)
        version, directory = record.outputs[dataset.name], f"{dataset.directory}/{record.segment}"
    return _unless_broken(world, run, dataset, version) or (version, directory)


def _not_written(world: World, run: Run, dataset: DatasetInfo, record: Record | None) -> Hold:
    writer = world.runs[dataset.writer or ""]
    if record is not None and record.is_over and record.phase is not Phase.CANCELLED:
        return Hold(run.node, HoldKind.BLOCKED, f"needs {dataset.name}, and {writer.title} failed", writer.at)
    return Hold(
        run.node, HoldKind.WAITING, f"waits for {dataset.name} from {writer.title}", run.at, writer.node
    )


def _unless_broken(world: World, run: Run, dataset: DatasetInfo, version: str) -> Hold | None:
    if dataset.contract is None or run.kind is RunKind.CONTRACT:
        return None
    contract, record = world.runs[dataset.contract], world.contract_of(dataset, version)
    if record is not None and accepts(record, contract.accept):
        return None
    if record is not None and record.is_over:
        why = "; ".join(record.problems[:3]) or record.reason
        return Hold(run.node, HoldKind.BLOCKED, f"{dataset.name} breaks its contract: {why}", contract.at)
    return Hold(
        run.node, HoldKind.WAITING, f"waits for the contract of {dataset.name}", run.at, contract.node
    )


def _with_model(world: World, run: Run, inputs: Inputs) -> Inputs | Hold:
    training = world.runs[run.model or ""]
    record = world.newest(training)
    if record is None or not record.is_over or record.phase is Phase.CANCELLED:
        return Hold(run.node, HoldKind.WAITING, f"waits for {training.title}", run.at, training.node)
    if not record.ended_well:
        return Hold(
            run.node, HoldKind.BLOCKED, f"needs the model of {training.title}, which failed", training.at
        )
    return reading_model(inputs, record)


def reading_model(inputs: Inputs, record: Record) -> Inputs:
    return replace(inputs, model=record.key, model_directory=record.directory, model_digest=record.artifact)
