"""Classification loss shared by the fusion systems."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def classification_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean loss of a batch: binary cross-entropy for one logit, cross-entropy for several.

    Parameters
    ----------
    logits : (N, 1), the logit of class 1, or (N, classes).
    target : (N,) int64 class index.
    weights : (classes,) weight of each class, None = 1. The mean is weighted, so its scale stays the same.
    """
    if logits.shape[1] > 1:
        return functional.cross_entropy(logits, target, weight=None if weights is None else weights.to(logits))
    losses = functional.binary_cross_entropy_with_logits(logits[:, 0], target.to(logits.dtype), reduction="none")
    if weights is None:
        return losses.mean()
    chosen = weights.to(losses)[target]
    return torch.sum(losses * chosen) / chosen.sum()
