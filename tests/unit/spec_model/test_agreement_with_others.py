"""Numbers that the rules state and another room acts on are the same there."""

from __future__ import annotations

from trimtab.compiler import naming
from trimtab.runtime.server_metrics import BUCKETS
from trimtab.spec.rules import deployment_rules, name_rules


def test_bounds_of_the_servers_histogram() -> None:
    assert deployment_rules.BUCKETS == BUCKETS


def test_names_in_kubernetes() -> None:
    assert name_rules.LONGEST_RUN == naming.LONGEST_RUN
    for name in ("buildFeatures", "onHeldOut", "HTTPServer", "a1B2", "x-Y"):
        assert name_rules.kubernetes_name(name) == naming.kebab(name)
