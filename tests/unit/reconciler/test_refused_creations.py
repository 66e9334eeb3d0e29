"""What a run needs and the engine refuses is told, and not asked for again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from bundles import Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster, ref_of

from trimtab.reconciler.actions import HoldKind, Plan
from trimtab.reconciler.cluster import AlreadyExists, Observed, Rejected


class Refusing(SimulatedCluster):
    """Answers a creation by `answer`, if the object's kind and name hold `what`."""

    def __init__(self, what: str, answer: Rejected | None = None) -> None:
        super().__init__(Store())
        self.what, self.answer, self.asked = what, answer, 0

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected:
        ref = ref_of(body)
        if self.what not in str(ref):
            return await super().create(body)
        self.asked += 1
        return self.answer or AlreadyExists(ref)


def said(plan: Plan, node: str) -> str:
    return "; ".join(h.reason for h in plan.holds if h.node == node and h.kind is HoldKind.BLOCKED)


@pytest.mark.parametrize(
    ("what", "node"),
    [("Run/prepare", "run:prepare"), ("Job/prepare", "run:prepare"), ("Job/train", "run:train")],
)
async def test_a_refusal_is_told_once_and_asked_for_once(what: str, node: str) -> None:
    cluster = Refusing(what, Rejected("exceeded quota: none"))
    plan, _ = await settle(cluster, shop())
    assert plan.is_settled
    assert said(plan, node) == "refused: exceeded quota: none"
    assert cluster.asked == 1


async def test_what_bears_the_name_and_not_our_label_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.reconciler.carry_out.NEWS_SECONDS", 0.01)
    cluster = Refusing("Run/prepare")
    plan, _ = await settle(cluster, shop())
    assert "without the label trimtab.dev/system=shop" in said(plan, "run:prepare")
    assert cluster.asked == 1
