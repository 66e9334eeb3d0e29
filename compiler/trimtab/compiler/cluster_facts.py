"""What a cluster can do, as it was found once and committed beside the spec: `clusters/<name>.json`.

A list that is there is complete; one that is missing could not be read, and nothing is concluded from it. Nothing is
guessed: whether network policies are enforced, for one, no API tells, so no fact says it.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

FORMAT: Literal["trimtab.dev/cluster.v1"] = "trimtab.dev/cluster.v1"

Names = Annotated[tuple[str, ...], Field(strict=False)]


class _Facts(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, validate_by_name=True
    )


class Gpu(_Facts):
    """A GPU product: the resource that Pods ask for, and the most that one node has."""

    resource: str
    per_node: int


class ClusterFacts(_Facts):
    """Names of namespaced objects are `namespace/name`, sorted. `fixed` gives, for a kind written
    `<apiVersion>/<Kind>`, the fields that its API server never lets change."""

    format: Literal["trimtab.dev/cluster.v1"] = FORMAT
    minor: int
    """Of Kubernetes `v1.<minor>`."""
    kinds: dict[str, Names]
    """API version -> the kinds it serves."""
    cluster_scoped: dict[str, Names] | None = None
    """API version -> those of its kinds that live in no namespace."""
    storage_classes: Names | None = None
    default_storage_class: str | None = None
    priority_classes: Names | None = None
    runtime_classes: Names | None = None
    ingress_classes: Names | None = None
    gateways: Names | None = None
    queues: Names | None = None
    """Of Kueue: cluster queues by name, local queues with their namespace."""
    issuers: Names | None = None
    gpus: dict[str, Gpu] | None = None
    fixed: dict[str, Names] | None = None

    def serves(self, api_version: str, kind: str) -> bool:
        return kind in self.kinds.get(api_version, ())


def to_text(facts: ClusterFacts) -> str:
    """Always the same bytes for the same facts, one name a line, so that a change reads well."""
    plain = facts.model_dump(by_alias=True, exclude_none=True)
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def from_text(text: str, file: str) -> ClusterFacts | str:
    """The facts, or a sentence that says why there are none."""
    try:
        return ClusterFacts.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        why = f"`{place}`: {first['msg']}" if place else first["msg"]
        return f"`{file}` can't be read ({why}): `trimtab cluster inspect` writes it anew"
