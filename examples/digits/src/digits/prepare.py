"""The images that scikit-learn ships, scaled to [0, 1] and split into those to learn from and those to be judged by."""

import numpy as np
from sklearn.datasets import load_digits

import trimtab.runtime as trimtab

HELD_OUT = 360


def main() -> None:
    run = trimtab.start()
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.images))
    pixels = (digits.images[order] / 16).astype(np.float32)
    label = digits.target[order].astype(np.int64)

    np.savez(run.write("images") / "images.npz", pixels=pixels[HELD_OUT:], label=label[HELD_OUT:])
    np.savez(run.write("heldOut") / "heldOut.npz", pixels=pixels[:HELD_OUT], label=label[:HELD_OUT])
    run.finish(metrics={"images": len(label) - HELD_OUT, "heldOut": HELD_OUT})


if __name__ == "__main__":
    main()
