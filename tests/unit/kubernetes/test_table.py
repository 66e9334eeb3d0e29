"""What a table makes of lists and events, in whatever order and age they come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from served_objects import OURS, body, of, served

from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.kubernetes.served import Served
from trimtab.reconciler.kubernetes.table import StaleList, Table, Told

Seen = tuple[str, int | None, int | None]
"""Name, revision before and after."""


@pytest.fixture
def table() -> Table:
    return Table("v1", "Thing", FIELD_MANAGER, lambda ref, uid: ())


def seen(news: Iterable[Told]) -> list[Seen]:
    def revision(observed: Any) -> int | None:
        return None if observed is None else int(observed.revision)

    return [((t.old or t.new).ref.name, revision(t.old), revision(t.new)) for t in news]  # type: ignore[union-attr]


def listed(table: Table, revision: int, *objects: Served) -> list[Told]:
    listing = table.listing()
    news = [told for each in objects for told in listing.put(each)]
    return [*news, *listing.end(revision)]


def test_events_in_order(table: Table) -> None:
    assert seen(table.put(served("a", 5))) == [("a", None, 5)]
    assert seen(table.put(served("a", 6))) == [("a", 5, 6)]
    assert table.revision == 6
    assert seen(table.remove(served("a", 7))) == [("a", 7, None)]
    assert (table.revision, len(table)) == (7, 0)


def test_what_is_older_than_what_is_known_says_nothing(table: Table) -> None:
    list(table.put(served("a", 5, uid="second")))
    for revision, uid in ((5, "second"), (4, "second"), (3, "first")):
        assert seen(table.put(served("a", revision, uid=uid))) == []
    assert seen(table.remove(served("a", 4, uid="first"))) == []
    assert len(table) == 1


def test_a_successor_of_the_same_name_is_told_as_an_end_and_a_beginning(table: Table) -> None:
    list(table.put(served("a", 5, uid="first")))
    assert seen(table.put(served("a", 9, uid="second"))) == [("a", 5, None), ("a", None, 9)]


def test_what_a_list_does_not_name_has_gone(table: Table) -> None:
    listed(table, 6, served("a", 5), served("b", 6))
    assert seen(listed(table, 9, served("b", 8), served("c", 9))) == [
        ("b", 6, 8),
        ("c", None, 9),
        ("a", 9, None),
    ]
    assert table.revision == 9


def test_a_list_that_is_older_than_the_table_makes_nothing_vanish(table: Table) -> None:
    listed(table, 10, served("a", 5))
    list(table.put(served("b", 12)))
    with pytest.raises(StaleList):
        listed(table, 11, served("a", 5))
    assert (len(table), table.revision) == (2, 12)


def test_what_a_stale_list_names_may_have_gone_since(table: Table) -> None:
    listed(table, 10, served("a", 5))
    list(table.remove(served("a", 12)))
    listing = table.listing()
    assert seen(listing.put(served("a", 5))) == []
    with pytest.raises(StaleList):
        list(listing.end(11))
    assert len(table) == 0


def test_what_an_up_to_date_list_names_is_there(table: Table) -> None:
    listed(table, 10)
    assert seen(listed(table, 10, served("a", 5))) == [("a", None, 5)]


def test_a_bookmark_moves_the_revision_and_nothing_else(table: Table) -> None:
    list(table.put(served("a", 5)))
    table.reached(9)
    table.reached(7)
    assert (table.revision, len(table)) == (9, 1)


def test_a_kind_that_is_not_served_any_more_leaves_nothing(table: Table) -> None:
    listed(table, 10, served("a", 5), served("b", 6))
    assert seen(table.clear()) == [("a", 10, None), ("b", 10, None)]
    assert seen(listed(table, 3, served("a", 2))) == [("a", None, 2)], "its revisions begin anew"


def own(told: Iterable[Told]) -> str:
    return next(t.new.own for t in told if t.new is not None)


def test_our_fields_are_digested_again_only_when_something_but_the_status_changed(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    digested: list[str] = []

    def counted(body: Any, manager: str) -> str:
        digested.append(body["metadata"]["resourceVersion"])
        return "digest of " + str(body["spec"]["size"])

    monkeypatch.setattr("trimtab.reconciler.kubernetes.table.own_digest", counted)
    assert own(table.put(served("a", 5))) == "digest of 1"
    assert own(table.put(served("a", 6, status={"seen": 1}))) == "digest of 1"
    assert digested == ["5"]
    assert own(table.put(served("a", 7, size=2, status={"seen": 1}))) == "digest of 2"
    list(table.put(served("a", 8, size=2, uid="successor")))
    assert digested == ["5", "7", "8"]


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": {"app": "b"}},
        {"size": 2},
        {"fields": {**OURS, "f:spec": {}}},
        {"fields": None},
        {"data": {"beside": "the spec"}},
    ],
    ids=["labels", "spec", "taken from us", "reset", "other content"],
)
def test_the_first_tier_sees_all_that_may_be_ours(changed: dict[str, Any]) -> None:
    before, after = served("a", 5), served("a", 6, **changed)
    assert before.print(FIELD_MANAGER) != after.print(FIELD_MANAGER)


def test_the_first_tier_is_blind_to_what_is_never_ours() -> None:
    before = body("a", 5, status={"seen": 1})
    after = body("a", 6, status={"seen": 2})
    controller = {"manager": "controller", "operation": "Update", "subresource": "status", "fieldsV1": {}}
    after["metadata"]["managedFields"].append(controller)
    assert of(before).print(FIELD_MANAGER) == of(after).print(FIELD_MANAGER)


def test_finalizers_and_owners_may_be_ours() -> None:
    plain, held, owned = body("a", 5), body("a", 5), body("a", 5)
    held["metadata"]["finalizers"] = ["x"]
    owned["metadata"]["ownerReferences"] = [{"uid": "1"}]
    prints = {of(each).print(FIELD_MANAGER) for each in (plain, held, owned)}
    assert len(prints) == 3


def test_an_item_of_a_list_need_not_say_its_kind(table: Table) -> None:
    content = body("a", 5)
    del content["apiVersion"], content["kind"]
    observed = next(t.new for t in table.put(of(content)))
    assert observed is not None
    assert observed.ref.kind == "Thing"
    assert observed.own == own(Table("v1", "Thing", FIELD_MANAGER, lambda ref, uid: ()).put(served("a", 5)))
