"""How sure a model is of a case: repeated passes with dropout, from a seed of the case's own.

The seed makes a case's figures the same every time, alone or among thousands, whatever runs beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from engine.domain.prediction import Doubt
from engine.explain.seeded_dropout import SeededDropout
from engine.explain.uncertainty import has_dropout, uncertainty
from engine.models.contract import FusionModel
from engine.serving.calibration import Logits, probabilities

AT_ONCE = 5
"""Passes between two ticks of a model whose branches run again in each."""

OUTSIDE = 0.05
"""Share of the passes below `Doubt.low`, and above `Doubt.high`."""

NO_DROPOUT = "no dropout in this model"
NOTHING_DRAWN = "no dropout in the part of the model that answered"


def seed_of(case_id: str) -> int:
    """Of the masks for a case."""
    return int.from_bytes(hashlib.sha256(case_id.encode("utf-8", "surrogateescape")).digest()[:6], "big")


def doubt_of(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    *,
    passes: int,
    temperature: float,
    seed: int,
    tick: Callable[[], None],
) -> Doubt:
    """Of one case.

    Parameters
    ----------
    inputs, present : as for `FusionModel.forward`, a batch of one.
    passes : 2 or more. temperature : of the model's card. tick : called between passes; what it raises ends them.
    """
    if not has_dropout(model):
        return Doubt(why_none=NO_DROPOUT)
    logits = _sampled(model, inputs, present, passes, seed, tick)
    if (logits == logits[0]).all():  # as where descriptors alone are there and only the images' part has dropout
        return Doubt(why_none=NOTHING_DRAWN)
    task = model.task
    chances = [probabilities(task, row, temperature) for row in logits]
    found = uncertainty(torch.tensor(chances, dtype=torch.float64)[None, :, None])
    low, high = np.quantile([task.chance_of_positive(c) for c in chances], (OUTSIDE, 1.0 - OUTSIDE))
    return Doubt(
        passes=passes,
        mean=tuple(float(v) for v in found.mean[0]),
        low=float(low),
        high=float(high),
        total=float(found.total[0]),
        aleatoric=float(found.aleatoric[0]),
        epistemic=float(found.epistemic[0]),
    )


def _sampled(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    passes: int,
    seed: int,
    tick: Callable[[], None],
) -> Logits:
    """(passes, n_logits); the branches run once where they draw nothing at random."""
    at_once = AT_ONCE if model.branches_have_dropout else passes
    parts = []
    with torch.no_grad(), SeededDropout(seed, present.device.type):
        for done in range(0, passes, at_once):
            tick()
            parts.append(model.stochastic_passes(inputs, present, min(at_once, passes - done))[:, 0])
    return np.asarray(torch.cat(parts).float().cpu().numpy())
