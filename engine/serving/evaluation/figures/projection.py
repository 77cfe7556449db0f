"""The fused features in two dimensions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.evaluation.scored import ScoredCases
from engine.serving.evaluation.figures.style import CLASSES, INK, MARKERS, basis, drawing, signed


def projection(judgement: Judgement, scored: ScoredCases, places: npt.NDArray[np.floating] | None) -> Drawing | None:
    """One mark per case by truth; those called wrongly have a dark rim."""
    if places is None:
        return None
    made, axes = drawing(5.4, 4.6)
    shown = np.isfinite(places).all(axis=1)
    wrong = judgement.calls != scored.targets
    size = 22 if shown.sum() < 500 else 10
    for index, name in enumerate(judgement.classes):
        here = shown & (scored.targets == index)
        axes.scatter(
            places[here, 0],
            places[here, 1],
            s=size,
            c=CLASSES[index % len(CLASSES)],
            marker=MARKERS[index % len(MARKERS)],
            alpha=0.75,
            linewidths=0,
            label=f"{name} ({int(here.sum())})",
        )
        missed = here & wrong
        axes.scatter(
            places[missed, 0],
            places[missed, 1],
            s=size * 1.4,
            facecolors="none",
            edgecolors=INK,
            marker=MARKERS[index % len(MARKERS)],
            linewidths=1.0,
        )
    axes.scatter([], [], s=size * 1.4, facecolors="none", edgecolors=INK, label="called wrongly")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.set_title("Fused features (t-SNE)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    signed(made, basis(judgement, n=int(shown.sum()), more="distances between groups mean nothing"))
    return made
