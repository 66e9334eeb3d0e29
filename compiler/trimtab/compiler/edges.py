"""What waits for what, derived from what refers to what: nobody writes waves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trimtab.compiler.bundle import DatasetInfo, Edge, Fact, Manifest, Run, RunKind
from trimtab.compiler.kubernetes_pod import LOCK_ANNOTATION
from trimtab.compiler.part import Part
from trimtab.compiler.pod_templates import below, pod_specs
from trimtab.compiler.scope import DEFINITION


def edges(part: Part, datasets: Iterable[DatasetInfo], captured: Mapping[str, str]) -> tuple[Edge, ...]:
    """`captured` maps a dataset to the Deployment that appends to it. Sorted, each once."""
    by_name = {dataset.name: dataset for dataset in datasets}
    found = [*_of_objects(part), *_of_endpoints(part)]
    for run in part.runs:
        found += [*_of_workload(run), *_of_reads(run, by_name), *_of_model(run, captured)]
    known = {manifest.node for manifest in part.objects} | {run.node for run in part.runs}
    return tuple(sorted({edge for edge in found if edge.after in known}))


def _of_objects(part: Part) -> Iterator[Edge]:
    definitions = _definitions(part.objects)
    for manifest in part.objects:
        group = manifest.ref.api_version.rpartition("/")[0]
        if definition := definitions.get((group, manifest.ref.kind)):
            yield Edge(manifest.node, definition, Fact.READY)
        if manifest.ref.namespace:
            yield Edge(manifest.node, f"Namespace/{manifest.ref.namespace}", Fact.RECONCILED)
        for other in _needs(manifest):
            yield Edge(manifest.node, other, Fact.RECONCILED)


def _of_endpoints(part: Part) -> Iterator[Edge]:
    for endpoint in part.endpoints:
        yield Edge(str(endpoint.deployment), f"run:{endpoint.training}", Fact.ACCEPTED)


def _of_workload(run: Run) -> Iterator[Edge]:
    for manifest in (*run.workload, run.lookup):
        for other in _needs(manifest):
            yield Edge(run.node, other, Fact.RECONCILED)


def _of_reads(run: Run, datasets: Mapping[str, DatasetInfo]) -> Iterator[Edge]:
    for name in run.reads:
        writer, contract = datasets[name].writer, datasets[name].contract
        if writer is not None:
            yield Edge(run.node, f"run:{writer}", Fact.FINISHED)
        if contract is not None and contract != run.name:
            yield Edge(run.node, f"run:{contract}", Fact.ACCEPTED)


def _of_model(run: Run, captured: Mapping[str, str]) -> Iterator[Edge]:
    if run.model is not None:
        yield Edge(run.node, f"run:{run.model}", Fact.FINISHED)
    if run.kind is RunKind.DRIFT:
        for name in run.reads:
            if name in captured:
                yield Edge(run.node, captured[name], Fact.READY)


def _needs(manifest: Manifest) -> Iterator[str]:
    """The objects that a manifest's Pods mount, run as or scale."""
    target = below(manifest.body, "spec", "scaleTargetRef")
    if below(target, "name"):
        yield f"{target.get('kind')}/{target['name']}"
    for _, pod in pod_specs(manifest.body):
        yield f"ServiceAccount/{pod.get('serviceAccountName')}"
        for volume in pod.get("volumes") or ():
            yield f"PersistentVolumeClaim/{below(volume, 'persistentVolumeClaim', 'claimName')}"
            yield f"ConfigMap/{below(volume, 'configMap', 'name')}"
    lock = below(manifest.body, "spec", "template", "metadata", "annotations", LOCK_ANNOTATION)
    if lock:
        yield f"ConfigMap/{lock}"


def _definitions(manifests: Iterable[Manifest]) -> dict[tuple[str, str], str]:
    """The kinds that definitions of the system's own bring, by group and kind."""
    found = (manifest for manifest in manifests if manifest.ref.kind == DEFINITION)
    return {
        (str(below(each.body, "spec", "group")), str(below(each.body, "spec", "names", "kind"))): each.node
        for each in found
    }
