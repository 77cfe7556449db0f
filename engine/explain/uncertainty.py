"""How sure a model is: Monte-Carlo dropout and ensembles, told apart into noise of the case and doubt of the model.

Gal and Ghahramani, "Dropout as a Bayesian approximation" (ICML 2016); the split of the entropy after Depeweg et al.
(ICML 2018). All members and all passes enter the mean; the published code of DRIFA-Net used the first member only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from engine.models.contract import FusionModel
from engine.models.losses import log_probabilities


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """Of N cases and C classes, from K members with T passes each; entropies in nats.

    Attributes
    ----------
    mean : (N, C) probabilities over all members and passes.
    total : (N,) entropy of the mean, the sum of the next two.
    aleatoric : (N,) mean entropy of the passes: doubt that more models would not remove.
    epistemic : (N,) mutual information, 0 or more: doubt about the model.
    disagreement : (N, C) variance over the members of their mean probabilities, 0 for one member.
    spread : (N, C) standard deviation over all members and passes.
    """

    mean: Tensor
    total: Tensor
    aleatoric: Tensor
    epistemic: Tensor
    disagreement: Tensor
    spread: Tensor


@contextmanager
def dropout_active(*models: nn.Module) -> Iterator[None]:
    """Switch dropout on and nothing else: batch norm and all other modules stay as they are.

    What was on or off before is so again afterwards, also after an error.
    """
    modules = [m for model in models for m in model.modules() if isinstance(m, _DropoutNd)]
    before = [m.training for m in modules]
    try:
        for module in modules:
            module.training = True
        yield
    finally:
        for module, was in zip(modules, before, strict=True):
            module.training = was


def has_dropout(model: nn.Module) -> bool:
    """Whether repeated passes can differ at all."""
    return any(isinstance(m, _DropoutNd) and m.p > 0 for m in model.modules())


@torch.no_grad()
def sampled_probabilities(
    models: Sequence[FusionModel],
    inputs: Mapping[str, Tensor],
    present: Tensor | None = None,
    *,
    passes: int = 20,
    temperature: float = 1.0,
) -> Tensor:
    """(K, T, N, C) float64 probabilities of repeated passes.

    Parameters
    ----------
    models : K members of one task, in evaluation mode; one is enough.
    inputs, present : as for `FusionModel.forward`.
    passes : T; 1 = without dropout, one plain answer of each member.
    temperature : logits are divided by it, as for the probabilities that are shown.
    """
    if passes == 1:
        logits = torch.stack([model(inputs, present).logits[None] for model in models])
    else:
        with dropout_active(*models):
            logits = torch.stack([model.stochastic_passes(inputs, present, passes) for model in models])
    flat = log_probabilities(logits.double().flatten(0, 2) / temperature)
    return flat.exp().view(*logits.shape[:3], -1)


def uncertainty(probabilities: Tensor) -> Uncertainty:
    """Mean, entropies and spread of (K, T, N, C) probabilities."""
    every = probabilities.double()
    mean = every.mean(dim=(0, 1))
    total, aleatoric = _entropy(mean), _entropy(every).mean(dim=(0, 1))
    return Uncertainty(
        mean=mean,
        total=total,
        aleatoric=aleatoric,
        epistemic=(total - aleatoric).clamp_min(0.0),
        disagreement=every.mean(dim=1).var(dim=0, correction=0),
        spread=every.flatten(0, 1).std(dim=0, correction=0),
    )


def _entropy(probabilities: Tensor) -> Tensor:
    """Over the last axis, in nats; 0 log 0 = 0."""
    entropy: Tensor = torch.special.entr(probabilities).sum(dim=-1)
    return entropy
