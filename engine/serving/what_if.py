"""What a model would say with other descriptors: one batched pass in which the image branches run once, or in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel
from engine.serving.calibration import Logits, probabilities

AT_ONCE = 8
"""Cases per pass, at most, of a model that has to look at the images again for every variant: bounds the memory and
the time until what nobody waits for any more is given up."""

OnPart = Callable[[tuple[float, ...]], None]
"""Called with all probabilities known so far; what it raises ends the work."""


def no_part(known: tuple[float, ...]) -> None:
    """Nobody waits for parts."""


def variant_logits(
    model: FusionModel, inputs: Mapping[str, Tensor], rows: Tensor, present: Tensor, parts: Sequence[int] = ()
) -> Iterator[Logits]:
    """Logits of one case under V descriptor rows, (some of V, n_logits) float32 at a time, in order.

    A model whose image branches do not see the descriptors encodes the images once and fuses V times, all in one part.
    Any other runs whole for every row.

    Parameters
    ----------
    inputs : image modality -> (1, 3, S, S), normalised.
    rows : (V, task.n_terms) multi-hot; present: (V, M) bool.
    parts : rows of each part, in order; none = as many as fit.
    """
    with torch.no_grad():
        together = None if model.images_see_descriptors else _fused_once(model, inputs, rows, present)
    if together is not None:
        yield together
        return
    for start, end in _bounds(len(rows), parts):
        with torch.no_grad():
            logits = model(_spread(inputs, rows[start:end]), present[start:end]).logits
        yield np.asarray(logits.float().cpu().numpy())


def _bounds(n: int, parts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and end of every pass; parts that are too large are divided."""
    start = 0
    for size in (*parts, n):
        stop = min(start + size, n)
        while start < stop:
            end = min(start + AT_ONCE, stop)
            yield start, end
            start = end


def positive_probabilities(task: Task, logits: Logits, temperature: float) -> tuple[float, ...]:
    """Calibrated probability of the positive class, of stages of reaching it, for each row of logits."""
    return tuple(task.chance_of_positive(probabilities(task, row, temperature)) for row in logits)


def _fused_once(model: FusionModel, inputs: Mapping[str, Tensor], rows: Tensor, present: Tensor) -> Logits | None:
    """None for a model without separate steps."""
    try:
        images = model.encode({**inputs, DESCRIPTORS: rows[:1]}, present[:1])
    except NotImplementedError:
        return None
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
