"""Learn which of two moons a point lies on. Plain torch, but for the lines that say `run`."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

import trimtab.runtime as trimtab


def moons(count: int) -> tuple[Tensor, Tensor]:
    angle = torch.rand(count) * torch.pi
    label = torch.randint(0, 2, (count,))
    x = torch.where(label == 0, angle.cos(), 1 - angle.cos())
    y = torch.where(label == 0, angle.sin(), 0.5 - angle.sin())
    return torch.stack([x, y], dim=1) + 0.1 * torch.randn(count, 2), label


class Server(nn.Module):
    """What users ask: which moon, and how sure are you?"""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, point: Tensor) -> dict[str, Tensor]:
        probabilities = self.network(point).softmax(dim=1)
        return {"label": probabilities.argmax(dim=1), "probabilities": probabilities}


def main() -> None:
    run = trimtab.torch_run()
    points, labels = moons(2000)
    network = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
    model = run.prepare(network)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.params.learningRate)
    batches = run.loader(TensorDataset(points, labels), batch_size=run.params.batchSize)

    for _ in run.epochs(run.params.epochs, model=model, optimizer=optimizer):
        for x, y in batches:
            scores = model(x)
            loss = cross_entropy(scores, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.observe(loss=loss, accuracy=(scores.argmax(dim=1) == y).float().mean())

    run.save(Server(model), example={"point": points})
    run.finish()


if __name__ == "__main__":
    main()
