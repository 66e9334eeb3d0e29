"""What is read of an `MLSystem`, whoever wrote its status."""

from __future__ import annotations

from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.ledger import API_VERSION
from trimtab.reconciler.state import Served
from trimtab.reconciler.system import record_of

WHOLE = {"run": "train-1", "key": "v1:1", "directory": "runs/train/1", "digest": "sha256:1", "since": "now"}


def observed(status: dict[str, Any]) -> Observed:
    ref = Ref(API_VERSION, "MLSystem", "shop", "shop")
    return Observed(ref, "uid", "7", 1, "", {}, {}, False, Health(), {"status": status})


def test_what_serves_is_read_where_all_of_it_is_there() -> None:
    record = record_of(observed({"serving": {"web": WHOLE, "odd": {"run": "train-2"}}}))
    assert record.serving == {"web": Served(**WHOLE)}
