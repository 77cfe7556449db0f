"""What a model would say with other descriptors: one batched pass in which the image branches run once."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel
from engine.serving.calibration import Logits, probabilities

AT_ONCE = 16
"""Cases per pass of a model that has to look at the images again for every variant; bounds the memory."""


def variant_logits(model: FusionModel, inputs: Mapping[str, Tensor], rows: Tensor, present: Tensor) -> Logits:
    """Logits of one case under V descriptor rows.

    Parameters
    ----------
    inputs : image modality -> (1, 3, S, S), normalised.
    rows : (V, task.n_terms) multi-hot; present: (V, M) bool.

    Returns
    -------
    (V, n_logits) float32. A model whose image branches do not see the descriptors encodes the images once and only
    fuses V times; any other runs whole, a few variants at a time.
    """
    with torch.no_grad():
        if not model.images_see_descriptors:
            with contextlib.suppress(NotImplementedError):  # no separate steps: as a whole
                return _fused_once(model, inputs, rows, present)
        parts = [
            model(_spread(inputs, rows[i : i + AT_ONCE]), present[i : i + AT_ONCE]).logits
            for i in range(0, len(rows), AT_ONCE)
        ]
    return np.asarray(torch.cat(parts).float().cpu().numpy())


def positive_probabilities(task: Task, logits: Logits, temperature: float) -> tuple[float, ...]:
    """Calibrated probability of the positive class for each row of logits."""
    positive = task.classes.index(task.positive_class)
    return tuple(probabilities(task, row, temperature)[positive] for row in logits)


def _fused_once(model: FusionModel, inputs: Mapping[str, Tensor], rows: Tensor, present: Tensor) -> Logits:
    images = model.encode({**inputs, DESCRIPTORS: rows[:1]}, present[:1])
    n = len(rows)
    features = {m: f.expand(n, *f.shape[1:]) for m, f in images.features.items()}
    context = {k: v.expand(n, *v.shape[1:]) for k, v in images.context.items()}
    described = model.encode({DESCRIPTORS: rows}, _descriptors_only(model.task, present)).descriptors
    encoded = Encoded(features=features, descriptors=described, context=context)
    return np.asarray(model.fuse(encoded, present).logits.float().cpu().numpy())


def _descriptors_only(task: Task, present: Tensor) -> Tensor:
    kept = torch.tensor([m == DESCRIPTORS for m in task.modalities], device=present.device)
    return present & kept


def _spread(inputs: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    images = {m: t.expand(len(rows), *t.shape[1:]) for m, t in inputs.items() if m != DESCRIPTORS}
    return {**images, DESCRIPTORS: rows}
