"""`compile_system`: what a resolved spec means on a target, as one pure function.

It reads like a table of contents: refuse what can't be expressed, lay out the storage, let each section add its part,
derive what waits for what, check what an API server would reject. Nothing is remembered between two calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from trimtab.compiler import naming, security
from trimtab.compiler.bundle import Bundle, Manifest, Run
from trimtab.compiler.capabilities import Capabilities
from trimtab.compiler.checks import check
from trimtab.compiler.cluster_names import check_kinds, check_names
from trimtab.compiler.data import compile_data
from trimtab.compiler.dataset_versions import dataset_infos
from trimtab.compiler.deployment import captured_datasets, compile_deployment
from trimtab.compiler.diagnostics import Findings
from trimtab.compiler.edges import edges
from trimtab.compiler.kind_order import in_apply_order
from trimtab.compiler.monitoring import compile_monitoring
from trimtab.compiler.own_objects import own_objects, refuse_collisions
from trimtab.compiler.part import Part, joined
from trimtab.compiler.patches import with_patches
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.sources import Sources
from trimtab.compiler.storage import storage
from trimtab.compiler.support import refuse_unsupported
from trimtab.compiler.training import compile_training
from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.resolve import Resolved

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem


class Compiled(NamedTuple):
    """`bundle` is None where a diagnostic is an error."""

    bundle: Bundle | None
    diagnostics: tuple[Diagnostic, ...]


def compile_system(resolved: Resolved, capabilities: Capabilities, sources: Sources) -> Compiled:
    findings = Findings(resolved.positions)
    if resolved.system is None:
        return Compiled(None, ())
    refuse_unsupported(resolved, capabilities, findings)
    _check_names(resolved, resolved.system, capabilities, findings)
    refused = findings.has_errors
    runtime = _runtime_image(resolved, capabilities, findings)
    if refused:
        return Compiled(None, findings.ordered())
    site = _site(resolved, resolved.system, capabilities, sources, findings, runtime)
    bundle = _bundle(site, resolved)
    return Compiled(None if findings.has_errors else bundle, findings.ordered())


def _check_names(
    resolved: Resolved, system: MLSystem, capabilities: Capabilities, findings: Findings
) -> None:
    if capabilities.facts is not None and resolved.tree is not None:
        check_names(resolved.tree, system, capabilities.cluster, capabilities.facts, findings)


def _runtime_image(resolved: Resolved, capabilities: Capabilities, findings: Findings) -> str:
    written = resolved.environment.runtime_image if resolved.environment else None
    runtime = capabilities.runtime_image if capabilities.is_local else written or capabilities.runtime_image
    if not runtime and resolved.system is not None and resolved.system.spec.computes:
        message = "which image runs Trimtab's own workloads there? write `runtimeImage`"
        findings.add("TT403", message, (*SPEC, "environments", resolved.environment_name))
    return runtime


def _site(
    resolved: Resolved,
    system: MLSystem,
    capabilities: Capabilities,
    sources: Sources,
    findings: Findings,
    runtime: str,
) -> Site:
    return Site(
        model=system,
        environment=resolved.environment_name,
        capabilities=capabilities,
        sources=sources,
        findings=findings,
        runtime_image=runtime,
        run_names=naming.Names(findings, "run"),
        claim_names=naming.Names(findings, "store"),
        endpoint_names=naming.Names(findings, "endpoint"),
    )


def _bundle(site: Site, resolved: Resolved) -> Bundle:
    laid_out = storage(site)
    sections = [
        compile_data(site, laid_out),
        compile_training(site, laid_out),
        compile_deployment(site, laid_out),
        compile_monitoring(site, laid_out),
    ]
    ground = Part(objects=(*security.objects(site, _accounts(sections)), *laid_out.objects))
    compiled, own = joined([ground, *sections]), own_objects(site)
    refuse_collisions(site, compiled.objects, own)
    whole = with_patches(site, joined([compiled, Part(objects=own)]))
    datasets = dataset_infos(site, laid_out)
    manifests = in_apply_order(whole.objects)
    check(site, manifests, whole.runs)
    _check_kinds(site, manifests, whole.runs)
    facts = site.capabilities.facts
    return Bundle(
        system=site.system,
        environment=site.environment,
        namespace=site.namespace,
        manifests=manifests,
        runs=whole.runs,
        datasets=datasets,
        endpoints=whole.endpoints,
        edges=edges(whole, datasets, captured_datasets(site)),
        spec=(resolved.tree or {}).get("spec", {}),
        fixed=(facts.fixed if facts else None) or {},
    )


def _check_kinds(site: Site, manifests: Iterable[Manifest], runs: Iterable[Run]) -> None:
    facts = site.capabilities.facts
    if facts is not None:
        workloads = [manifest for run in runs for manifest in (*run.workload, run.lookup)]
        check_kinds([*manifests, *workloads], site.capabilities.cluster, facts, site.findings)


def _accounts(sections: Iterable[Part]) -> list[str]:
    whole = joined(sections)
    used = {security.RUNS_ACCOUNT: whole.runs, security.SERVING_ACCOUNT: whole.endpoints}
    return [purpose for purpose, users in used.items() if users]
