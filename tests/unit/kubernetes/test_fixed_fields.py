"""Which fields a definition fixes, by its own rules."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.reconciler.kubernetes.fixed_fields import fixed_fields


def field(*rules: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        **({"x-kubernetes-validations": [{"rule": rule} for rule in rules]} if rules else {}),
        **({"properties": properties} if properties else {}),
    }


@pytest.mark.parametrize(
    ("schema", "fixed"),
    [
        (field(spec=field("self == oldSelf")), ("spec",)),
        (field(spec=field("oldSelf  ==  self ")), ("spec",)),
        (field(spec=field(a=field("self == oldSelf"), b=field())), ("spec.a",)),
        (field(spec=field("self == oldSelf", a=field("self == oldSelf"))), ("spec",)),
        (field(spec=field("self.a.b == oldSelf.a.b")), ("spec.a.b",)),
        (field("self.spec.a == oldSelf.spec.a"), ("spec.a",)),
        (field(spec=field("self.a == oldSelf.b")), ()),
        (field(spec=field("self == oldSelf || self.a")), ()),
        (field(spec=field("self.a > oldSelf.a", "size(self.a) < 3")), ()),
        (field(spec={"type": "array", "items": field("self == oldSelf")}), ()),
        (field(), ()),
    ],
)
def test_a_rule_that_compares_with_what_was_fixes_its_field(
    schema: dict[str, Any], fixed: tuple[str, ...]
) -> None:
    assert fixed_fields(schema) == fixed
