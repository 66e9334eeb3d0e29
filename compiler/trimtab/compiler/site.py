"""Where and for whom is being compiled: what every section's module needs to know, and nothing it may change.

Findings are the one thing that grows while a bundle is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trimtab.compiler import naming
from trimtab.compiler.capabilities import Capabilities
from trimtab.compiler.diagnostics import Findings
from trimtab.compiler.sources import Sources
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem
    from trimtab.spec.model.system import Spec

SPEC: SpecPath = ("spec",)
METADATA: SpecPath = ("metadata",)
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Site:
    """One spec in one environment, for one target."""

    model: MLSystem
    environment: str
    capabilities: Capabilities
    sources: Sources
    findings: Findings
    runtime_image: str
    run_names: naming.Names
    claim_names: naming.Names
    endpoint_names: naming.Names

    @property
    def spec(self) -> Spec:
        return self.model.spec

    @property
    def system(self) -> str:
        return self.model.metadata.name

    @property
    def namespace(self) -> str:
        return self.model.metadata.namespace

    def metadata(
        self,
        name: Any,
        component: str,
        part: str = "",
        labels: Mapping[str, Any] = NOTHING,
        annotations: Mapping[str, Any] = NOTHING,
    ) -> dict[str, Any]:
        """An object's metadata. Its labels say whose it is: `part` of `component`, such as a run of the trainings."""
        return {
            "name": name,
            "namespace": at(self.namespace, (*METADATA, "namespace")),
            "labels": {**self.labels(component, part), **labels},
            "annotations": self.annotations(annotations),
        }

    def labels(self, component: str, part: str = "") -> dict[str, Any]:
        return {**self.own_labels(), **naming.labels(self.system, part or self.system, component)}

    def own_labels(self) -> dict[str, Any]:
        """Those that the spec's metadata give to every object of the system."""
        return self._marked("labels", self.model.metadata.labels)

    def annotations(self, more: Mapping[str, Any]) -> dict[str, Any] | None:
        return {**self._marked("annotations", self.model.metadata.annotations), **more} or None

    def _marked(self, section: str, texts: Mapping[str, str]) -> dict[str, Any]:
        return {key: at(text, (*METADATA, section, key)) for key, text in sorted(texts.items())}
