"""What a card needs besides weights, from validation cases: temperature, threshold, the heatmaps' absolute scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from engine.data.batches import normalised
from engine.domain.task import Task
from engine.evaluation.binary import binary_figures
from engine.evaluation.calibration import fit_temperature, to_probabilities
from engine.evaluation.operating_point import threshold_for_sensitivity
from engine.evaluation.stages import stage_figures
from engine.explain.heatmap import evidence_maps, traced_forward
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.scoring import in_batches, logits_of

FULL_SCALE_PERCENTILE = 95.0
WEAK_PERCENTILE = 10.0
MOST_MAPS = 400
"""Validation cases whose maps are looked at."""


def calibrated(model: FusionModel, validation: LabelledCases) -> dict[str, Any]:
    """Fields of the model card, by name.

    Temperature (kept only where the log loss gains), for binary tasks the threshold with a sensitivity of at least
    0.95, the heatmaps' scale and the figures on the validation cases themselves, on which all of this was chosen.
    """
    task = model.task
    logits = logits_of(model, validation)
    temperature = round(fit_temperature(logits, validation.targets), 4)
    probabilities = to_probabilities(logits, temperature)
    fields: dict[str, Any] = {"temperature": temperature, "threshold": None}
    if task.is_binary:
        column = task.classes.index(task.positive_class)
        positive = validation.targets == column
        fields["threshold"] = round(threshold_for_sensitivity(probabilities[:, column], positive), 6)
    fields |= _heatmap_scale(model, validation, temperature)
    fields["metrics"] = {"validation": _figures(task, probabilities, validation, fields["threshold"])}
    return fields


def _figures(
    task: Task, probabilities: np.ndarray[Any, np.dtype[np.floating]], cases: LabelledCases, threshold: float | None
) -> dict[str, object]:
    if task.is_binary and threshold is not None:
        figures = binary_figures(
            probabilities, cases.targets, classes=task.classes, positive_class=task.positive_class, threshold=threshold
        )
        return figures.as_table()
    return {n: f.as_table() for n, f in stage_figures(probabilities, cases.targets, task.classes).items()}


def _heatmap_scale(model: FusionModel, cases: LabelledCases, temperature: float) -> dict[str, float]:
    """End of the colour scale and the peak under which a map is too weak to draw, in calibrated log-odds.

    Both are percentiles of the peaks of maps of evidence for the predicted class, over all images.
    """
    peaks: list[np.ndarray[Any, np.dtype[np.floating]]] = []
    for rows in in_batches(min(len(cases), MOST_MAPS), 32):
        inputs, present, _ = cases.batch(rows)
        shown = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
        output = traced_forward(model, shown, present)
        target = output.logits.detach().argmax(dim=1)
        maps = evidence_maps(output, target)
        negative = (output.logits.detach()[:, 0] < 0) & model.task.is_binary
        sign = torch.where(negative, -1.0, 1.0)[:, None, None]
        for column, modality in enumerate(model.task.images):
            if modality in maps:
                peak = (maps[modality] * sign).amax(dim=(1, 2)) / temperature
                peaks.append(peak[present[:, column]].numpy())
    every = np.concatenate(peaks) if peaks else np.zeros(0)
    every = every[every > 0]
    if len(every) < 10:
        return {}
    full, weak = np.percentile(every, [FULL_SCALE_PERCENTILE, WEAK_PERCENTILE])
    return {"heatmap_full_scale": round(float(full), 3), "heatmap_weak_below": round(float(weak), 3)}
