"""Cross-section rules: what no single key can tell. Importing this package registers all of them."""

from trimtab.spec.rules import references
from trimtab.spec.rules.registry import Context, Found, judge, rule

__all__ = ["Context", "Found", "judge", "references", "rule"]
