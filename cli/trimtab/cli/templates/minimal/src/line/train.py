"""Fit a line through noisy points by gradient descent, in plain Python."""

import json
import random

import trimtab.runtime as trimtab


def main() -> None:
    run = trimtab.start()
    random.seed(run.seed)
    xs = [random.uniform(-1, 1) for _ in range(100)]
    ys = [3 * x + 1 + random.gauss(0, 0.1) for x in xs]

    slope = offset = 0.0
    for step in range(run.params.steps):
        errors = [slope * x + offset - y for x, y in zip(xs, ys, strict=True)]
        slope -= run.params.learningRate * 2 * sum(e * x for e, x in zip(errors, xs, strict=True)) / len(xs)
        offset -= run.params.learningRate * 2 * sum(errors) / len(xs)
        if step % 20 == 19:
            run.log(step=step + 1, of=run.params.steps, loss=sum(e * e for e in errors) / len(xs))

    (run.output / "model.json").write_text(json.dumps({"slope": slope, "offset": offset}))
    run.finish()


if __name__ == "__main__":
    main()
