"""The last applied bundle in pieces: what goes in comes out, and what is damaged, forged or secret does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from bundles import SYSTEM, manifest, shop

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler import applied
from trimtab.reconciler.applied import Applied, Entry, pack, parts, read
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.wanted import wants_of
from trimtab.reconciler.world import World


def kept(bundle: Bundle) -> Applied:
    return wants_of(World(bundle, State(), Now(0))).applied


def observed(body: Mapping[str, Any]) -> Observed:
    metadata = body["metadata"]
    ref = Ref(body["apiVersion"], body["kind"], metadata["namespace"], metadata["name"])
    return Observed(
        ref, "uid", "1", 0, "", metadata["labels"], metadata["annotations"], False, Health(), body
    )


def packed(bundle: Applied) -> list[Observed]:
    return [observed(body) for body in parts(pack(bundle), SYSTEM, SYSTEM)]


def told(bundles: Iterable[Applied]) -> list[tuple[Any, ...]]:
    return [(each.digest, each.kinds, each.entries, each.edges, each.recipes) for each in bundles]


def test_what_is_kept_is_read_again() -> None:
    bundle = kept(shop(settings="a"))
    assert told(read(packed(bundle))) == told((bundle,))
    entry = bundle.find(Ref("v1", "ConfigMap", SYSTEM, "settings"))
    assert entry is not None
    assert entry.body is not None
    assert (entry.body["data"], entry.desired) == ({"x": "a"}, digest(entry.body))


def test_objects_are_in_the_order_they_are_applied_in() -> None:
    bundle = kept(shop(settings="a"))
    assert [entry.ref.kind for entry in bundle.entries] == ["Namespace", "MLSystem", "ConfigMap", "ConfigMap"]
    assert bundle.rank(Ref("v1", "ConfigMap", SYSTEM, "nobody")) == -1


def test_a_bundle_is_named_by_what_it_asks_for_and_by_nothing_else() -> None:
    assert kept(shop()).digest == kept(replace(shop(), fixed={"v1/Secret": ("type",)})).digest
    assert len({kept(shop(**change)).digest for change in ({}, {"rate": 0.2}, {"settings": "a"})}) == 3


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> list[Observed]:
    """A bundle in many parts."""
    monkeypatch.setattr(applied, "PART_BYTES", 100)
    pieces = packed(kept(shop(settings="a")))
    assert len(pieces) > 3
    return pieces


def test_a_large_one_is_kept_in_parts_in_any_order(many: list[Observed]) -> None:
    assert [each.digest for each in read(reversed(many))] == [kept(shop(settings="a")).digest]
    assert len({piece.ref for piece in many}) == len(many)


def test_where_a_part_is_missing_there_is_none(many: list[Observed]) -> None:
    for index in range(len(many)):
        assert read(many[:index] + many[index + 1 :]) == ()


def test_a_damaged_one_is_none(many: list[Observed]) -> None:
    body = many[1].body or {}
    for part in ("", "AAAA", "*", None):
        damaged = replace(many[1], body={**body, "binaryData": {"part": part}})
        assert read([many[0], damaged, *many[2:]]) == ()
    assert read([many[0], replace(many[1], body={}), *many[2:]]) == ()


def test_a_damaged_one_beside_a_whole_one_costs_nothing(many: list[Observed]) -> None:
    other = kept(shop(settings="b"))
    assert told(read([*many[1:], *packed(other)])) == told((other,))


def test_nobody_makes_us_apply_another_object_in_the_name_of_one() -> None:
    body = manifest("ConfigMap", "other").body
    forged = Applied((Entry(Ref("v1", "ConfigMap", SYSTEM, "settings"), digest(body), body, ()),), (), {})
    assert read(packed(forged)) == ()
    body = manifest("ConfigMap", "settings", data={"x": "mine"}).body
    lying = Applied((Entry(Ref("v1", "ConfigMap", SYSTEM, "settings"), "sha256:0", body, ()),), (), {})
    assert read(packed(lying)) == ()


def test_secrets_and_what_its_name_fixes_are_not_kept() -> None:
    secret = manifest("Secret", "token", stringData={"token": "s3cret"})
    code = manifest("ConfigMap", "code-1", immutable=True, binaryData={"code.tar.gz": "Y29kZQ=="})
    plain = manifest("ConfigMap", "empty", immutable=True)
    bundle = kept(shop(more=(secret, code, plain)))
    contents = {entry.ref.name: entry.body for entry in bundle.entries}
    assert (contents["token"], contents["code-1"]) == (None, None)
    assert contents["empty"] == plain.body
    assert told(read(packed(bundle))) == told((bundle,))


def test_what_was_packed_here_is_not_read_again() -> None:
    bundle = pack(kept(shop(settings="a")))
    (found,) = read(packed(kept(shop(settings="a"))), [bundle])
    assert found is bundle
    damaged = [
        replace(each, body={"binaryData": {"part": "AAAA"}}) for each in packed(kept(shop(settings="a")))
    ]
    assert read(damaged, [bundle]) == ()
