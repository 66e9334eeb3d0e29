"""The table of accidents, in the order and the words of `docs/accidents.md`."""

from accident_histories import deletions, ownership, recollection, timing
from accident_histories.table import HISTORIES, OUR_MEMORY

__all__ = ["HISTORIES", "OUR_MEMORY", "deletions", "ownership", "recollection", "timing"]
