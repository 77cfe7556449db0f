"""Ordered classes: a classifier of K - 1 conditional steps in place of K unrelated classes (CORN).

After Shi, Cao and Raschka, "Deep neural networks for rank-consistent ordinal regression based on conditional
probabilities" (2023). Step k says P(y > k | y >= k). Their products give the classes' probabilities, so that
P(y >= k) never rises with k; and the cross-entropy of these is the sum of the steps' binary cross-entropies, each over
the cases that reach it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class OrdinalClassifier(nn.Module):
    """(N, width) to (N, classes) log-probabilities, which serve as logits: their softmax is themselves."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.steps = nn.Linear(width, classes - 1)

    def forward(self, x: Tensor) -> Tensor:
        return class_log_probabilities(self.steps(x))


def class_log_probabilities(steps: Tensor) -> Tensor:
    """(N, K - 1) logits of P(y > k | y >= k) to (N, K) log P(y = k)."""
    reached = functional.pad(functional.logsigmoid(steps).cumsum(dim=1), (1, 0))
    left = functional.pad(functional.logsigmoid(-steps), (0, 1))
    return reached + left


def classifier_of(width: int, outputs: int, *, ordinal: bool) -> nn.Module:
    """The last layer of a classifier; two classes (one logit) have no order to keep."""
    if ordinal and outputs > 1:
        return OrdinalClassifier(width, outputs)
    return nn.Linear(width, outputs)


def cumulative(log_probabilities: Tensor) -> Tensor:
    """(N, K) log P(y = k) to (N, K - 1) P(y >= k) for k = 1 .. K - 1."""
    return torch.flip(torch.flip(log_probabilities.exp(), [1]).cumsum(dim=1), [1])[:, 1:]
