"""Hiding modalities in training, so that a model learns to answer with any subset."""

from __future__ import annotations

import torch
from torch import Tensor


def drop_modalities(present: Tensor, probability: float) -> Tensor:
    """Hide modalities of some rows at random; for training only.

    With `probability` a row keeps one of its modalities, chosen at random, and each other one with chance 1/2, so
    that single modalities are seen too. The last one is never hidden, and nothing that is missing appears.

    Parameters
    ----------
    present : (N, M) bool.
    """
    shape, device = present.shape, present.device
    order = torch.rand(shape, device=device).masked_fill(~present, -1.0)
    kept = torch.zeros_like(present).scatter_(1, order.argmax(dim=1, keepdim=True), True)
    kept |= torch.rand(shape, device=device) < 0.5
    chosen = torch.rand(shape[0], 1, device=device) < probability
    return present & torch.where(chosen, kept, True)
