"""What each run is called, and where in the spec it stands. All kinds of run share one scope of names."""

from __future__ import annotations

from trimtab.compiler.naming import LONGEST_RUN
from trimtab.compiler.site import SPEC, Site
from trimtab.spec.positions import SpecPath


def pipeline_path(name: str) -> SpecPath:
    return (*SPEC, "data", "pipelines", name)


def contract_path(dataset: str) -> SpecPath:
    return (*SPEC, "data", "datasets", dataset, "expect")


def training_path(name: str) -> SpecPath:
    return (*SPEC, "training", name)


def evaluation_path(training: str, name: str) -> SpecPath:
    return (*training_path(training), "evaluate", name)


def drift_path(name: str) -> SpecPath:
    return (*SPEC, "monitoring", "drift", name)


def pipeline_run(site: Site, name: str) -> str:
    return _give(site, pipeline_path(name), name)


def contract_run(site: Site, dataset: str) -> str:
    return _give(site, contract_path(dataset), dataset, "contract")


def training_run(site: Site, name: str) -> str:
    return _give(site, training_path(name), name)


def evaluation_run(site: Site, training: str, name: str) -> str:
    return _give(site, evaluation_path(training, name), training, name)


def drift_run(site: Site, name: str) -> str:
    return _give(site, drift_path(name), name, "drift")


def _give(site: Site, path: SpecPath, *parts: str) -> str:
    return site.run_names.give(path, *parts, longest=LONGEST_RUN)
