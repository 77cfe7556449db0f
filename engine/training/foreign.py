"""How unlike the training images a case is: Mahalanobis distance of the fused features.

The covariance is shrunk: its leading directions keep their variance, all others share one, their mean (Tipping and
Bishop 1999). What a model sees of a case differs with the modalities that are there, so each set of modalities has a
centre and a threshold of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.data.batches import normalised
from engine.domain.task import DESCRIPTORS
from engine.evaluation.foreignness import distances
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.scoring import in_batches

DIRECTIONS = 8
SHARE = 0.95
"""Share of the validation cases that the threshold lets pass."""
LEAST_CASES = 20
MOST_CASES = 1000
MOST_NUMBERS = 4096
"""In the directions of one centre: the card stays a file that can be read."""
DIGITS = 6

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


def foreign_field(
    model: FusionModel, training: LabelledCases, validation: LabelledCases | None
) -> dict[str, Any] | None:
    """The card's field "ood", None for a model without features or with too few cases.

    Parameters
    ----------
    validation : cases whose distances set the threshold; None = fifths of the training cases, each measured with the
        centre of the other fifths.
    """
    sets = []
    for shown in _sets_of_modalities(model, training):
        fused = _fused(model, training, shown)
        if fused is None or len(fused) < LEAST_CASES or fused.shape[1] < 2:
            continue
        apart = None if validation is None else _fused(model, validation, shown)
        held = distances(_fit(fused), apart) if apart is not None and len(apart) >= LEAST_CASES else _left_out(fused)
        sets.append(
            {
                **_fit(fused),
                "modalities": [m for m, there in zip(training.task.modalities, shown, strict=True) if there],
                "threshold": _short(float(np.quantile(held, SHARE))),
                "n": len(fused),
                "n_threshold": len(held),
            }
        )
    return {"method": "mahalanobis", "share": SHARE, "sets": sets} if sets else None


def _fit(fused: Floats) -> dict[str, Any]:
    mean = fused.mean(axis=0, dtype=np.float64)
    centred = fused - mean
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    variances = singular**2 / max(1, len(fused) - 1)
    most = min(DIRECTIONS, max(1, MOST_NUMBERS // fused.shape[1]))
    count = min(most, len(variances) - 1, fused.shape[1] - 1)
    rest = float(variances[count:].sum()) / (fused.shape[1] - count)
    floor = max(float(variances.sum()) / fused.shape[1] * 1e-3, 1e-12)
    return {
        "mean": [_short(v) for v in mean],
        "directions": [[_short(v) for v in row] for row in directions[:count]],
        "variances": [_short(max(v, floor)) for v in variances[:count]],
        "rest": _short(max(rest, floor)),
    }


def _left_out(fused: Floats) -> Floats:
    part = np.arange(len(fused)) % 5
    return np.concatenate([distances(_fit(fused[part != p]), fused[part == p]) for p in range(5)])


def _sets_of_modalities(model: FusionModel, cases: LabelledCases) -> list[tuple[bool, ...]]:
    """Those that enough cases have, as far as the model looks at them, and the same without descriptors.

    Descriptors are entered later by a reader.
    """
    seen = np.array([m in (model.looks_at or cases.task.modalities) for m in cases.task.modalities])
    found, counts = np.unique(cases.present & seen, axis=0, return_counts=True)
    usual = [tuple(bool(v) for v in row) for row, n in zip(found, counts, strict=True) if n >= LEAST_CASES]
    if DESCRIPTORS in cases.task.modalities:
        column = cases.task.modalities.index(DESCRIPTORS)
        usual += [tuple(v and i != column for i, v in enumerate(row)) for row in usual]
    return sorted({row for row in usual if any(row)}, reverse=True)


@torch.no_grad()
def _fused(model: FusionModel, cases: LabelledCases, shown: tuple[bool, ...]) -> Floats | None:
    """(n, F) of the cases that have all that is shown, None where the system has no such vector."""
    wanted = np.array(shown)
    rows = np.flatnonzero((cases.present | ~wanted).all(axis=1))[:MOST_CASES]
    if not len(rows):
        return np.zeros((0, 2), np.float32)
    parts = []
    for some in in_batches(len(rows), 64):
        inputs, present, _ = cases.batch(rows[some])
        images = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
        parts.append(model(images, present & torch.from_numpy(wanted)).fused.float().numpy())
    fused = np.concatenate(parts)
    return fused if fused.ndim == 2 and np.isfinite(fused).all() else None


def _short(value: float) -> float:
    return float(f"{float(value):.{DIGITS}g}")
