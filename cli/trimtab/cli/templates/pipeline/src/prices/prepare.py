"""Make the datasets. A real pipeline would read from somewhere; this one draws houses and their prices."""

import csv
import random

import trimtab.runtime as trimtab

HELD_OUT = 200


def main() -> None:
    run = trimtab.start()
    random.seed(0)
    areas = [random.uniform(30, 200) for _ in range(1000)]
    rows = [(area, 3000 * area * random.gauss(1, 0.05)) for area in areas]
    for dataset, part in {"sales": rows[HELD_OUT:], "heldOut": rows[:HELD_OUT]}.items():
        with (run.write(dataset) / "part.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("area", "price"), *part])
    run.finish(metrics={"rows": len(rows)})


if __name__ == "__main__":
    main()
