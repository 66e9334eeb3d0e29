"""Finds the word that was meant: by spelling, never by guessing at meaning (that is `synonyms`)."""

from __future__ import annotations

from collections.abc import Iterable


def plain(word: str) -> str:
    """A word without what spelling habits differ in: `learning_rate`, `Learning-Rate` and `learningRate` agree."""
    return word.replace("_", "").replace("-", "").replace(" ", "").casefold()


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a slip of, or None. The first of equals wins."""
    known = list(candidates)
    target = plain(word)
    if same := next((c for c in known if plain(c) == target), None):
        return same
    limit = max(1, len(target) // 3)
    near = [(d, i) for i, c in enumerate(known) if (d := distance(target, plain(c), limit)) <= limit]
    near = [(d, i) for d, i in near if len(target) >= _SHORT or _is_short_slip(target, plain(known[i]))]
    return known[min(near)[1]] if near else None


def _is_short_slip(word: str, meant: str) -> bool:
    """Two letters swapped, or one of them forgotten: `pth` for `path`."""
    forgotten = word[:1] == meant[:1] and any(
        word == meant[:n] + meant[n + 1 :] for n in range(1, len(meant))
    )
    return len(word) > 1 and (forgotten or sorted(word) == sorted(meant))


_SHORT = 4
"""Below this many letters one more wrong letter makes another word: `gpu` is no slip of `cpu`."""


def distance(a: str, b: str, limit: int) -> int:
    """How many insertions, deletions, changes and swaps of neighbours part `a` from `b`; `limit + 1` for more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
