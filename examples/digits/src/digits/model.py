"""The network that learns, the recognizer that is served, and the images both are fed with."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    """Images of 8 by 8 pixels in, one score for each digit out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 3, padding=1),
            nn.ReLU(),
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(128 * 4 * 4, 10),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        scores: Tensor = self.layers(pixels.unsqueeze(1))
        return scores


class Recognizer(nn.Module):
    """What users ask: which digit is it, and how sure are you?"""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        probabilities = self.classifier(pixels).softmax(dim=1)
        return {"label": probabilities.argmax(dim=1), "probabilities": probabilities}


def load(folder: Path) -> tuple[Tensor, Tensor]:
    with np.load(next(folder.glob("*.npz"))) as arrays:
        return torch.from_numpy(arrays["pixels"]), torch.from_numpy(arrays["label"])
