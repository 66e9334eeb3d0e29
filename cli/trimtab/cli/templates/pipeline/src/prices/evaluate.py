"""Judge a model by houses that it has never seen: by how much is it wrong, as a share of the price?"""

import json
import os
from pathlib import Path

import trimtab.runtime as trimtab
from prices.train import load


def main() -> None:
    run = trimtab.start()
    model = json.loads(Path(os.environ["TRIMTAB_MODEL"], "model.json").read_text())
    errors = [abs(model["slope"] * area - price) / price for area, price in load(run.input("heldOut"))]
    run.finish(metrics={"error": sum(errors) / len(errors)})


if __name__ == "__main__":
    main()
