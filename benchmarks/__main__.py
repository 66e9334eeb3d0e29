"""`make bench`: every benchmark, one after the other. Each prints a small table; none asserts anything."""

from __future__ import annotations

from benchmarks import hook

BENCHMARKS = {"How long a commit waits for the hook, beside check-jsonschema": hook.main}


def main() -> None:
    for title, run in BENCHMARKS.items():
        print(f"\n{title}\n")
        run()


if __name__ == "__main__":
    main()
