"""Exponential moving average of a model's weights: the averaged model is what is validated and kept."""

from __future__ import annotations

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


class MovingAverage(Generic[Model]):
    """A copy that follows a model.

    Parameters
    ----------
    decay : share of the old average kept per step, once enough steps are done; less before, so that the random
        first weights are forgotten.

    Attributes
    ----------
    steps : updates so far.
    """

    def __init__(self, model: Model, decay: float = 0.998) -> None:
        self.model = deepcopy(model).eval().requires_grad_(False)
        self.steps = 0
        self._decay = decay
        self._source: Model | None = None
        self._floats: tuple[list[Tensor], list[Tensor]] = ([], [])
        self._others: list[tuple[Tensor, Tensor]] = []

    @torch.no_grad()
    def update(self, model: Model) -> None:
        """Take in the model after one optimiser step; statistics of batch norm are averaged too, counters copied."""
        if model is not self._source:
            self._pair(model)
        self.steps += 1
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(*self._floats, 1.0 - decay)
        for average, source in self._others:
            average.copy_(source)

    def _pair(self, model: Model) -> None:
        """Find the tensors that belong together once, as that takes longer than averaging them."""
        source = model.state_dict()
        pairs = [(average, source[name]) for name, average in self.model.state_dict().items()]
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._floats = [a for a, _ in floats], [s for _, s in floats]
        self._others = [pair for pair in pairs if not pair[0].is_floating_point()]
        self._source = model
