"""Judge a trained model by images that it has never seen."""

import trimtab.runtime as trimtab
from digits.model import load


def main() -> None:
    run = trimtab.torch_run()
    pixels, label = load(run.input("heldOut"))
    recognize = run.load()
    correct = recognize(pixels=pixels)["label"] == label
    run.finish(metrics={"accuracy": correct.double().mean(), "images": len(label)})


if __name__ == "__main__":
    main()
