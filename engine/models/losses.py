"""Classification losses shared by the fusion systems."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.domain.task import Task
from engine.models.contract import FusionOutput


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


def unimodal_losses(
    task: Task, output: FusionOutput, target: Tensor, weights: Tensor | None = None
) -> dict[str, Tensor]:
    """Modality -> classification loss of its own classifier over the cases that have it; others are left out."""
    losses = {}
    for column, modality in enumerate(task.modalities):
        if modality not in output.unimodal_logits or output.present is None:
            continue
        here = output.present[:, column]
        if bool(here.any()):
            losses[modality] = classification_loss(output.unimodal_logits[modality][here], target[here], weights)
    return losses


def log_probabilities(logits: Tensor) -> Tensor:
    """(N, 1) logits of class 1 or (N, C) logits to (N, C) log-probabilities."""
    if logits.shape[1] > 1:
        return functional.log_softmax(logits, dim=1)
    return torch.cat([functional.logsigmoid(-logits), functional.logsigmoid(logits)], dim=1)


def logits_from_log_probabilities(log_p: Tensor) -> Tensor:
    """The inverse of `log_probabilities`, up to a constant: (N, C) to (N, 1) for two classes, else (N, C)."""
    return log_p[:, 1:] - log_p[:, :1] if log_p.shape[1] == 2 else log_p


def mean_of_predictions(logits: Tensor, weights: Tensor) -> Tensor:
    """Logits of the weighted mean of several classifiers' probabilities.

    Parameters
    ----------
    logits : (K, N, L) of K classifiers. weights : (N, K), not negative, each row with a positive sum.

    Returns
    -------
    (N, L) logits whose probabilities are the weighted mean.
    """
    log_p = torch.stack([log_probabilities(each) for each in logits])  # (K, N, C)
    # A weight of zero leaves the classifier out without a logarithm of zero in the gradient
    shares = (weights / weights.sum(dim=1, keepdim=True)).T
    log_share = torch.where(shares > 0, shares, 1.0).log().masked_fill(shares <= 0, -torch.inf)
    return logits_from_log_probabilities(torch.logsumexp(log_p + log_share[:, :, None], dim=0))
