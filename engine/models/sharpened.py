"""Systems whose logits are scaled by one factor per set of modalities, see `engine.training.sharpening`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.domain.task import Task
from engine.models.contract import FusionModel


class Sharpened(FusionModel):
    """Mix it in, call `begin_unscaled` once and put the logits through `sharpened`.

    Attributes
    ----------
    sharpness : (2 ** M,) factor of each set of modalities, numbered by its bits in task order.
    """

    sharpens = True
    sharpness: Tensor

    def begin_unscaled(self, task: Task) -> None:
        """All factors 1."""
        self.register_buffer("sharpness", torch.ones(2 ** len(task.modalities)))

    def sharpened(self, logits: Tensor, present: Tensor) -> Tensor:
        """(N, n_logits) times the factor of each row's set of modalities (N, M)."""
        return logits * self.sharpness[_number(present), None]

    def sharpen(self, modalities: Sequence[str], factor: float) -> None:
        """See `FusionModel.sharpen`."""
        shown = torch.tensor([[m in modalities for m in self.task.modalities]])
        self.sharpness[_number(shown)] *= factor


def _number(present: Tensor) -> Tensor:
    return (present * 2 ** torch.arange(present.shape[1], device=present.device)).sum(dim=1)
