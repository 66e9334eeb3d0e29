"""One text for one value."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from trimtab.compiler.bundle import Late, Slot, SlotKind
from trimtab.compiler.canonical import canonical, digest, short


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical({"b": 1, "a": [1, {"d": 2, "c": 3}]}) == b'{"a":[1,{"c":3,"d":2}],"b":1}'


def test_a_float_is_not_an_integer() -> None:
    assert digest({"rate": 1.0}) != digest({"rate": 1})


def test_read_only_maps_and_tuples_are_maps_and_lists() -> None:
    assert canonical(MappingProxyType({"a": (1, 2)})) == b'{"a":[1,2]}'


def test_text_is_kept_as_it_is() -> None:
    assert canonical("é\u2028\ud800") == '"é\u2028\ud800"'.encode("utf-8", "surrogatepass")


def test_a_slot_is_not_its_text() -> None:
    slot = Late((Slot(SlotKind.INPUT, "images"),))
    assert digest({"a": slot}) != digest({"a": str(slot)})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_json_cannot_say_raises(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


def test_a_digest_is_known_and_can_be_cut() -> None:
    empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest({}) == empty
    assert short(empty, 6) == "44136f"
