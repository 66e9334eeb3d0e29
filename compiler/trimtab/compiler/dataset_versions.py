"""Where each dataset's versions come from: a pipeline that writes it, a pin, or an endpoint that appends to it.

What has none of these has no version that a run's key could hold, and no run may read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trimtab.compiler.bundle import DatasetInfo
from trimtab.compiler.data import listed
from trimtab.compiler.run_names import (
    contract_path,
    contract_run,
    evaluation_path,
    pipeline_path,
    pipeline_run,
    training_path,
)
from trimtab.compiler.site import Site
from trimtab.compiler.storage import DATA, Place, Storage
from trimtab.spec.positions import SpecPath

_FOLDER = re.compile(r"[\w@:+=,.-]+(/[\w@:+=,.-]+)*")


def dataset_infos(site: Site, storage: Storage) -> tuple[DatasetInfo, ...]:
    writers = _writers(site)
    _refuse_unversioned(site, writers)
    _refuse_detours(site)
    _refuse_shared_folders(site, storage, writers)
    return tuple(
        DatasetInfo(
            name=name,
            claim=storage.datasets[name].claim,
            directory=storage.datasets[name].directory,
            writer=writers.get(name),
            contract=contract_run(site, name) if dataset.expect else None,
            pinned=dataset.pinned,
            at=(*DATA, "datasets", name),
        )
        for name, dataset in sorted(site.spec.data.datasets.items())
    )


def _writers(site: Site) -> dict[str, str]:
    """The one pipeline that writes each dataset."""
    pipelines = sorted(site.spec.data.pipelines.items())
    return {dataset: pipeline_run(site, name) for name, pipeline in pipelines for dataset in pipeline.writes}


def _refuse_unversioned(site: Site, writers: Mapping[str, str]) -> None:
    for dataset, path in _reads(site):
        if dataset not in writers and site.spec.data.datasets[dataset].pinned is None:
            message = f"no pipeline here writes `{dataset}`, so its version can't be told yet: pin it with `version`"
            site.findings.add("TT401", message, path, ("it is declared here", (*DATA, "datasets", dataset)))


def _refuse_detours(site: Site) -> None:
    """A pin names a folder below the dataset's; none leads out of it."""
    for name, dataset in site.spec.data.datasets.items():
        if not _FOLDER.fullmatch(dataset.version) or ".." in dataset.version.split("/"):
            message = f"`{dataset.version}` names no folder below `{dataset.path or name}`"
            site.findings.add("TT406", message, (*DATA, "datasets", name, "version"))


def _refuse_shared_folders(site: Site, storage: Storage, writers: Mapping[str, str]) -> None:
    """Datasets may share a folder that is only read; versions that are written would land in one directory."""
    captured = {d.capture.writes[0] for d in site.spec.deployment.values() if d.capture}
    taken: dict[Place, str] = {}
    for name in sorted(writers.keys() | captured):
        first = taken.setdefault(storage.datasets[name], name)
        if first != name:
            message = (
                f"`{name}` and `{first}` are both written, and lie in one folder: give one another `path`"
            )
            other = ("the other is here", (*DATA, "datasets", first))
            site.findings.add("TT402", message, (*DATA, "datasets", name), other)


def _reads(site: Site) -> Iterator[tuple[str, SpecPath]]:
    """What runs read by version: all but monitors, which look at what an endpoint has appended so far."""
    spec = site.spec
    for name, pipeline in spec.data.pipelines.items():
        yield from listed(pipeline.reads, (*pipeline_path(name), "reads")).items()
    for name, training in spec.training.items():
        yield from listed(training.reads, (*training_path(name), "reads")).items()
        for judge, evaluation in training.evaluate.items():
            yield from listed(evaluation.reads, (*evaluation_path(name, judge), "reads")).items()
    for name, dataset in spec.data.datasets.items():
        if dataset.expect:
            yield name, contract_path(name)
