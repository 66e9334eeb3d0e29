"""Train the classifier. Plain torch, but for the lines that say `run`."""

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

import trimtab.runtime as trimtab
from digits.model import Classifier, Recognizer, load


def main() -> None:
    run = trimtab.torch_run()
    pixels, label = load(run.input("images"))
    model = run.prepare(Classifier())
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.params.learningRate)
    batches = run.loader(TensorDataset(pixels, label), batch_size=run.params.batchSize)

    for _ in run.epochs(run.params.epochs, model=model, optimizer=optimizer):
        for x, y in batches:
            scores = model(x)
            loss = cross_entropy(scores, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.observe(loss=loss, accuracy=(scores.argmax(dim=1) == y).float().mean())

    run.save(Recognizer(model), example={"pixels": pixels})
    run.finish()


if __name__ == "__main__":
    main()
