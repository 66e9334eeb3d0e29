"""Cross-section rules: what no single key can tell. Importing this package registers all of them."""

from trimtab.spec.rules import (
    bounds_rules,
    compute_rules,
    data_rules,
    deployment_rules,
    environment_rules,
    monitoring_rules,
    name_rules,
    policy_rules,
    references,
    secret_rules,
    training_rules,
)
from trimtab.spec.rules.registry import RULES, Context, Found, judge, rule

__all__ = [
    "RULES",
    "Context",
    "Found",
    "bounds_rules",
    "compute_rules",
    "data_rules",
    "deployment_rules",
    "environment_rules",
    "judge",
    "monitoring_rules",
    "name_rules",
    "policy_rules",
    "references",
    "rule",
    "secret_rules",
    "training_rules",
]
