"""Escape hatches of the whole spec: objects of one's own, and changes to those that are compiled."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from trimtab.spec.model.base import List, Map, Maybe, Model, OneOf

Manifest = Map[str, Any]


class PatchTarget(Model):
    """Which objects a patch is for. One that matches nothing is an error."""

    kind: str = Field(description="The kind.", examples=["Deployment"], min_length=1)
    name: Maybe[str] = Field(
        None, description="The name; all of the kind when left out.", examples=["scorer"]
    )


class Patch(OneOf):
    """A change to compiled objects."""

    variants: ClassVar[tuple[str, ...]] = ("merge", "json_")

    target: PatchTarget = Field(
        description="Which objects.", examples=[{"kind": "Deployment", "name": "scorer"}]
    )
    merge: Maybe[Map[str, Any]] = Field(
        None,
        description="A JSON merge patch: a part of the object.",
        examples=[{"metadata": {"labels": {"tier": "gold"}}}],
    )
    json_: Maybe[List[Map[str, Any]]] = Field(
        None,
        description="A JSON patch: a list of operations.",
        examples=[[{"op": "remove", "path": "/spec/replicas"}]],
    )
