"""Exponential moving average of a model's weights: the averaged model is what is validated and kept."""

from __future__ import annotations

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class MovingAverage(Generic[Model]):
    """A copy that follows a model.

    Parameters
    ----------
    decay : share of the old average kept per step, once enough steps are done; less before, so that the random
        first weights are forgotten.
    """

    def __init__(self, model: Model, decay: float = 0.998) -> None:
        self.model = deepcopy(model).eval().requires_grad_(False)
        self._decay = decay
        self._steps = 0

    @torch.no_grad()
    def update(self, model: Model) -> None:
        """Take in the model after one optimiser step; statistics of batch norm are averaged too, counters copied."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        source = model.state_dict()
        for name, average in self.model.state_dict().items():
            if average.is_floating_point():
                average.lerp_(source[name], 1.0 - decay)
            else:
                average.copy_(source[name])
