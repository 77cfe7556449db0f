"""What a card needs besides weights, from validation cases: temperature, threshold, the heatmaps' absolute scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.data.batches import normalised
from engine.domain.task import Task
from engine.evaluation.binary import binary_figures
from engine.evaluation.calibration import fit_temperature, logits_loss, to_probabilities
from engine.evaluation.operating_point import threshold_for_sensitivity
from engine.evaluation.stages import stage_figures
from engine.explain.heatmap import evidence_maps, traced_forward
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.scoring import in_batches

FULL_SCALE_PERCENTILE = 95.0
LEAST_WEAK, MOST_WEAK = 0.05, 0.25
"""Bounds of the weak peak as parts of the scale."""
MOST_MAPS = 400
"""Validation cases whose maps are looked at."""


def calibration_fields(
    task: Task, logits: npt.NDArray[np.floating], targets: npt.NDArray[np.integer], source: str
) -> dict[str, Any]:
    """Fields of the model card, by name.

    Temperature (kept only where the log loss gains), for binary tasks the threshold with a sensitivity of at least
    0.95, and on how many cases they rest.

    Parameters
    ----------
    logits : (N, n_logits) of cases that the model was not trained on. source : "validation" or "out_of_fold".
    """
    temperature = round(fit_temperature(logits, targets), 4)
    probabilities = to_probabilities(logits, temperature)
    fields: dict[str, Any] = {"temperature": temperature, "threshold": None}
    if task.is_binary:
        column = task.classes.index(task.positive_class)
        fields["threshold"] = round(threshold_for_sensitivity(probabilities[:, column], targets == column), 6)
    fields["calibration"] = {
        "source": source,
        "n": len(targets),
        "n_per_class": [int((targets == c).sum()) for c in range(len(task.classes))],
        "log_loss_before": round(logits_loss(logits, targets), 6),
        "log_loss_after": round(logits_loss(logits, targets, temperature), 6),
    }
    return fields


def measured_logits(
    task: Task,
    logits: npt.NDArray[np.floating],
    targets: npt.NDArray[np.integer],
    called: str,
    *,
    temperature: float,
    threshold: float | None,
) -> dict[str, Any]:
    """Figures for the card, with all modalities that each case has: ``called_<figure>`` -> value, interval and n."""
    probabilities = to_probabilities(logits, temperature)
    if task.is_binary and threshold is not None:
        figures = binary_figures(
            probabilities, targets, classes=task.classes, positive_class=task.positive_class, threshold=threshold
        ).figures()
    else:
        figures = stage_figures(probabilities, targets, task.classes)
    return {f"{called}_{name}": figure.as_table() for name, figure in figures.items()}


def heatmap_scale(model: FusionModel, cases: LabelledCases, temperature: float) -> dict[str, float]:
    """End of the colour scale and the peak under which a map is too weak to draw, in calibrated log-odds.

    The end is the 95th percentile of the peaks of all images' maps of evidence for the positive class (of staging
    tasks: for the most probable stage). Too weak is what an image without disease typically reaches, within
    bounds, as a good model often finds nothing at all there.
    """
    task = model.task
    sign = -1.0 if task.is_binary and task.classes.index(task.positive_class) == 0 else 1.0
    peaks, healthy = [], []
    for rows in in_batches(min(len(cases), MOST_MAPS), 32):
        inputs, present, targets = cases.batch(rows)
        shown = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
        output = traced_forward(model, shown, present)
        maps = evidence_maps(output, output.logits.detach().argmax(dim=1))
        for column, modality in enumerate(task.images):
            if modality in maps:
                here = present[:, column]
                peaks.append((maps[modality][here] * sign).amax(dim=(1, 2)) / temperature)
                healthy.append(targets[here] == _healthy(task))
    every = torch.cat(peaks).numpy() if peaks else np.zeros(0)
    if len(every) < 10 or np.percentile(every, FULL_SCALE_PERCENTILE) <= 0:
        return {}
    full = float(f"{np.percentile(every, FULL_SCALE_PERCENTILE):.4g}")
    typical = float(np.median(every[torch.cat(healthy).numpy()])) if torch.cat(healthy).any() else full
    weak = min(max(typical, full * LEAST_WEAK), full * MOST_WEAK)
    return {"heatmap_full_scale": full, "heatmap_weak_below": float(f"{weak:.6g}")}


def _healthy(task: Task) -> int:
    """Index of the class that stands for no disease."""
    return next(i for i, name in enumerate(task.classes) if name != task.positive_class)
