"""Who must say yes: the same words for a run, a rollout and an environment."""

from __future__ import annotations

from pydantic import Field

from trimtab.spec.model.base import List, Maybe, Model
from trimtab.spec.model.values import Positive, Subject


class Approve(Model):
    """Who must say yes before it happens."""

    by: List[Subject] = Field(
        description="These people, or members of these groups.", examples=[["group:model-risk"]], min_length=1
    )
    approvals: Positive = Field(1, description="How many of them must say yes.", examples=[2])
    cost_above: Maybe[float] = Field(
        None, description="Only above this cost, in the budget's currency.", examples=[500], ge=0
    )
