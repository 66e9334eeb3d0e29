"""The `monitoring` section: drift of what an endpoint is asked, as runs that come due on a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trimtab.compiler.bundle import Every, RunKind
from trimtab.compiler.canonical import digest
from trimtab.compiler.data import form_of, params_files, refuse_unreadable
from trimtab.compiler.intents import Shares
from trimtab.compiler.part import Part, joined
from trimtab.compiler.placed import Placed
from trimtab.compiler.program import build, own_program
from trimtab.compiler.rules import accept
from trimtab.compiler.run_names import drift_path, drift_run, training_path, training_run
from trimtab.compiler.runs import Draft, run
from trimtab.compiler.site import Site
from trimtab.compiler.storage import Storage

if TYPE_CHECKING:
    from trimtab.spec.model.monitoring import Drift

DRIFT = ["python", "-m", "trimtab.runtime", "drift"]
DRIFT_SHARES = Shares({"cpu": "500m", "memory": "1Gi"})


def compile_monitoring(site: Site, storage: Storage) -> Part:
    return joined(
        _drift(site, storage, name, drift) for name, drift in sorted(site.spec.monitoring.drift.items())
    )


def _drift(site: Site, storage: Storage, name: str, drift: Drift) -> Part:
    path, run_name = drift_path(name), drift_run(site, name)
    capture, reference = site.spec.deployment[drift.of].capture, _reference(site, name, drift)
    if capture is None or reference is None:
        return Part()
    params = {**_params(drift, capture.writes[0], reference), **form_of(site, reference)}
    files, part = params_files(site, run_name, params, path)
    training = Placed(
        site.spec.training[drift.against], training_path(drift.against), site.findings.positions
    )
    draft = Draft(
        kind=RunKind.DRIFT,
        name=run_name,
        at=path,
        title=f"drift {name} of {drift.of}",
        program=own_program(site, DRIFT, build(site, training).program),
        recipe={"kind": str(RunKind.DRIFT), **params},
        exec_digest=digest({"every": drift.schedule.every}),
        shares=DRIFT_SHARES,
        reads={capture.writes[0]: (*path, "of"), reference: (*path, "against")},
        model=training_run(site, drift.against),
        files=(files,),
        accept=accept(drift.accept, (*path, "accept")),
        schedule=Every(drift.schedule.every) if drift.schedule.every else None,
    )
    return joined([Part((run(site, storage, draft),)), part])


def _params(drift: Drift, captured: str, reference: str) -> dict[str, Any]:
    fewest = [bounds.min_samples for bounds in drift.accept.values() if bounds.min_samples]
    known = {"captured": captured, "reference": reference, "metrics": sorted(drift.accept)}
    return {**known, "minSamples": max(fewest)} if fewest else known


def _reference(site: Site, name: str, drift: Drift) -> str | None:
    reads = site.spec.training[drift.against].reads
    if len(reads) != 1:
        message = f"`{drift.against}` reads {len(reads)} datasets; drift can be measured against one"
        site.findings.add("TT401", message, (*drift_path(name), "against"))
        return None
    refuse_unreadable(site, reads[0], f"drift against `{drift.against}`", (*drift_path(name), "against"))
    return reads[0]
