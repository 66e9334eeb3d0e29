"""What was never healed is in the table as longer than anything, and what is missing stops nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager

from benchmarks.at_rest.figures import Memory
from benchmarks.at_rest.healing import Healed
from benchmarks.at_rest.strangers import Change, Owner, Target, request
from benchmarks.beside_argocd.keeper import Contestant, Keeper, Size
from benchmarks.beside_argocd.measuring import Measured, Span
from benchmarks.beside_argocd.report import lines
from benchmarks.beside_argocd.tables import tables
from control_plane import CannotBuild

TARGET = Target("ConfigMap", "shop-00", "app-0000")
REST = Span(Counter(), 0.5, {"a": Memory(100, 90, 120), "b": Memory(30, 20, 40)})
HEALING = Span(Counter({"patch configmaps": 4}), 2, REST.memory)


def _measured(*seconds: float | None) -> Measured:
    return Measured(3, REST, HEALING, [Healed(Change.DELETE, TARGET, each) for each in seconds])


def test_what_was_not_healed_counts_as_longer_than_anything() -> None:
    told = list(tables({"slow": _measured(0.1, None), "quick": _measured(0.01, 0.02)}, 60))
    assert "| all | slow | 2 | 1 | 100 | over 60,000 | over 60,000 |" in told
    assert "| all | quick | 2 | 0 | 10 | 20 | 20 |" in told
    assert "| an object deleted | quick | 2 | 0 | 10 | 20 | 20 |" in told


def test_memory_is_that_of_all_its_processes() -> None:
    told = list(tables({"both": _measured(0.1, 0.1)}, 60))
    assert "| MB resident at rest | 130 (a 100, b 30) |" in told
    assert "| requests a change | 2.0 |" in told


def test_who_cannot_be_had_is_named_with_the_reason() -> None:
    def absent(_: Size) -> AbstractContextManager[Keeper]:
        raise CannotBuild("no Go")

    assert list(lines(contestants=[Contestant("peer", absent)]))[-1] == "Not measured: peer. no Go"


def test_a_stranger_takes_the_label_and_the_name_of_whoever_keeps_the_object() -> None:
    owner = Owner("example.com/label", "somebody")
    live = {"metadata": {"labels": {"example.com/label": "x"}, "annotations": {}}}
    assert request(Change.STRIP, TARGET, live, owner).body == {"metadata": {"labels": {owner.label: None}}}
    assert request(Change.APPLY, TARGET, live, owner).query["fieldManager"] == "somebody"
