"""Fuzzes the loader for a while: `python benchmarks/fuzz_loader.py [SECONDS]` (ten minutes when left out).

Texts come from three sources: anything at all, sound YAML, and the corpus with pieces cut, doubled, swapped and spliced.
Each is loaded, as the hook does it too, formatted, fixed and rendered. It fails on any exception, where the hook finds
something else, on a text that takes longer than a second, and when the process outgrows its memory. What failed is
written to `fuzz-failure.yaml`, to be taken into the corpus.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import spec_corpus  # noqa: E402

from trimtab.spec.fixes import apply_fixes  # noqa: E402
from trimtab.spec.fmt import format_text  # noqa: E402
from trimtab.spec.load import load  # noqa: E402
from trimtab.spec.render import FORMATS, render  # noqa: E402
from trimtab.spec.resolve import resolve  # noqa: E402

FILE = "mlsystem.yaml"
MOST_SECONDS = 1.0
MOST_MEGABYTES = 200
"""Of the whole process, interpreter, pydantic and corpus included."""
SIGNS = [
    *"\t\n\r :-?#&*!|>'\"%@`{}[],~<=\\\0\x1b\ufeff\u00a0\u2028\u202e🚀0",
    "\n  ",
    "&a ",
    "*a",
    "<<: ",
    "---\n",
]
WORDS = ["no", "0755", "1e999", ".nan", "9" * 30, "null", "apiVersion: ", "spec:\n", "training:\n", "[" * 70]


def check(text: str) -> None:
    """All that is done with a text. Returns, whatever the text is."""
    diagnostics = spec_corpus.findings(text, FILE)
    if resolve(load(text, FILE)).diagnostics != diagnostics:
        raise AssertionError("the hook finds something else")
    for output in FORMATS:
        render(output, diagnostics, {FILE: text})
    format_text(text, FILE)
    apply_fixes(text, FILE, diagnostics, unsafe=True)


def corpus() -> list[str]:
    paths = [*spec_corpus.specs(), *ROOT.glob("examples/*/mlsystem.yaml")]
    return [text for path in paths if len(text := spec_corpus.read_bytes(path)) < 20_000]


def texts(chance: random.Random) -> Iterator[str]:
    seeds = corpus()
    mutations: list[Callable[[str], str]] = [
        lambda t: _replaced(t, chance, chance.choice(SIGNS)),
        lambda t: _replaced(t, chance, chance.choice(WORDS)),
        lambda t: _cut(t, chance),
        lambda t: _doubled(t, chance),
        lambda t: _spliced(t, chance.choice(seeds), chance),
        lambda t: _reindented(t, chance),
    ]
    while True:
        text = chance.choice(seeds) if chance.random() < 0.95 else _noise(chance)
        for _ in range(chance.randint(1, 8)):
            text = chance.choice(mutations)(text)
        yield text


def _noise(chance: random.Random) -> str:
    return "".join(chance.choice([*SIGNS, *WORDS, "a", "b"]) for _ in range(chance.randint(0, 400)))


def _range(text: str, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(text))
    return start, min(len(text), start + int(chance.expovariate(0.1)))


def _replaced(text: str, chance: random.Random, new: str) -> str:
    start, end = _range(text, chance)
    return text[:start] + new + text[end if chance.random() < 0.5 else start :]


def _cut(text: str, chance: random.Random) -> str:
    start, end = _range(text, chance)
    return text[:start] + text[end:]


def _doubled(text: str, chance: random.Random) -> str:
    start, end = _range(text, chance)
    return text[:end] + text[start:end] * chance.choice([1, 1, 2, 50]) + text[end:]


def _spliced(text: str, other: str, chance: random.Random) -> str:
    start, end = _range(other, chance)
    place = chance.randint(0, len(text))
    return text[:place] + other[start : end + 200] + text[place:]


def _reindented(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    number = chance.randrange(len(lines))
    lines[number] = chance.choice(["", " ", "  ", "\t", "- "]) + lines[number].lstrip()
    return "\n".join(lines)


def megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main(seconds: float, seed: int) -> int:
    chance = random.Random(seed)
    started, tried, slowest = time.monotonic(), 0, 0.0
    print(f"fuzzing for {seconds:.0f} s, seed {seed}", flush=True)
    for text in texts(chance):
        before = time.process_time()
        try:
            check(text)
        except Exception:
            _keep(text)
            raise
        slowest = max(slowest, time.process_time() - before)
        tried += 1
        if slowest > MOST_SECONDS or megabytes() > MOST_MEGABYTES:
            _keep(text)
            print(f"too much: {slowest:.2f} s, {megabytes():.0f} MB")
            return 1
        if time.monotonic() - started > seconds:
            break
    print(f"{tried:,} texts, slowest {slowest * 1000:.0f} ms, peak {megabytes():.0f} MB: nothing found")
    return 0


def _keep(text: str) -> None:
    Path("fuzz-failure.yaml").write_bytes(text.encode("utf-8", errors="surrogatepass"))


if __name__ == "__main__":
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    sys.exit(main(limit, int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 2**32))
