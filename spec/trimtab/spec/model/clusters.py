"""Clusters by name: where environments run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trimtab.spec.model.base import List, Maybe, Model
from trimtab.spec.model.values import Name


class Cluster(Model):
    """A cluster that environments name in `runOn`, alone or by a group it is in."""

    context: Maybe[str] = Field(
        None,
        description="Its context in a kubeconfig; its name when left out.",
        examples=["admin@us-east"],
    )
    groups: List[Name] = Field(
        (),
        description="Groups it is in; `group:edge` in `runOn` means each of the group.",
        examples=[["edge"]],
    )
    provider: Maybe[Literal["aws", "gcp", "azure", "onPremise"]] = Field(
        None, description="Who runs it.", examples=["aws"]
    )
    region: Maybe[str] = Field(None, description="Where it is.", examples=["us-east-1"], min_length=1)
