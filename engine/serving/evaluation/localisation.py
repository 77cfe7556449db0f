"""Heatmaps judged against the lesions' masks, where the data set has them."""

from __future__ import annotations

import numpy as np

from engine.evaluation.pointing import Pointing, PointingFigures, picture_part, pointing, pointing_figures
from engine.evaluation.scored import ScoredCases


def localisation(scored: ScoredCases) -> tuple[PointingFigures, ...]:
    """Of the first image's maps: over the positive cases, those of them that were called, the others, and all.

    A map shows evidence for yes, so in a negative case it may rightly point elsewhere. Empty without masks or maps.
    """
    modality = scored.task.images[0]
    if scored.masks is None or modality not in scored.maps:
        return ()
    judged = [_one(scored, modality, row) for row in range(len(scored))]
    question = scored.question
    called = question.probability >= scored.threshold
    parts = {
        f"{question.name}": question.positive,
        f"{question.name} and called": question.positive & called,
        f"not {question.name}": ~question.positive,
        "all cases": np.ones(len(scored), bool),
    }
    found = [
        pointing_figures(name, [j for j, inside in zip(judged, rows, strict=True) if inside and j is not None])
        for name, rows in parts.items()
    ]
    return tuple(figures for figures in found if figures is not None)


def _one(scored: ScoredCases, modality: str, row: int) -> Pointing | None:
    assert scored.masks is not None
    mask = scored.masks[row] > 0
    if not mask.any():
        return None
    width, height = (np.nan, np.nan) if scored.image_sizes is None else scored.image_sizes[row]
    return pointing(scored.maps[modality][row], mask, picture_part(len(mask), float(width), float(height)))
