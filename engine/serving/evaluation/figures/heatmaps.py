"""Heatmaps judged: evidence on the lesion against chance, and maps of random weights against the original ones."""

from __future__ import annotations

from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.evaluation.pointing import PointingFigures
from engine.serving.evaluation.figures.style import BASELINE, MODEL, ORANGE, SOFT, basis, drawing, signed
from engine.serving.evaluation.randomisation import ALIKE, Randomisation


def localisation(judgement: Judgement, rows: tuple[PointingFigures, ...]) -> Drawing | None:
    """Share of the pointing game's hits and of the evidence inside the mask, beside the mask's share of the picture."""
    if not rows:
        return None
    made, axes = drawing(8.2, 1.4 + 0.55 * len(rows))
    for place, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        parts = ((row.hits, 0.22, MODEL, "o"), (row.energy, 0.0, ORANGE, "s"), (row.chance, -0.22, BASELINE, "^"))
        for figure, offset, colour, marker in parts:
            if figure.low is not None and figure.high is not None:
                axes.plot([figure.low, figure.high], [place + offset] * 2, color=colour, linewidth=1.4)
            axes.plot(figure.value, place + offset, color=colour, marker=marker, markersize=5, linestyle="none")
    names = (("greatest evidence inside", MODEL, "o"), ("share of evidence inside", ORANGE, "s"))
    for name, colour, marker in (*names, ("lesion's share = chance", BASELINE, "^")):
        axes.plot([], [], color=colour, marker=marker, linestyle="none", label=name)
    axes.set_yticks(range(len(rows) - 1, -1, -1), [f"{row.cases} (n = {row.n})" for row in rows])
    axes.set(xlim=(0, 1), ylim=(-0.6, len(rows) - 0.4), xlabel="share")
    axes.set_title("Do heatmaps point at the lesion")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    signed(made, basis(judgement, n=rows[-1].n, more="bars: 95 %"))
    return made


def randomised(judgement: Judgement, check: Randomisation | None) -> Drawing | None:
    """Similarity with the original maps over the layers made random."""
    if check is None:
        return None
    made, axes = drawing(5.4, 3.8)
    steps = check.steps
    across = [step.layers for step in steps]
    similar = [step.similarity for step in steps]
    low = [f.value if f.low is None else f.low for f in similar]
    high = [f.value if f.high is None else f.high for f in similar]
    axes.axhline(0.0, color=SOFT, linewidth=0.8)
    axes.axhline(ALIKE, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.fill_between(across, low, high, color=MODEL, alpha=0.15, linewidth=0)
    axes.plot(across, [f.value for f in similar], color=MODEL, marker="o", markersize=4, label="without signs")
    signs = [step.signed_similarity.value for step in steps]
    axes.plot(across, signs, color=ORANGE, marker="s", markersize=4, linestyle="--", linewidth=1.2, label="with signs")
    axes.set(ylim=(min(-0.3, *signs) - 0.05, 1.05), xlabel="layers made random, from the answer downwards")
    axes.set_ylabel("rank correlation of the maps")
    axes.set_title("Maps of a model that has forgotten")
    axes.legend(loc="upper right")
    signed(made, basis(judgement, n=check.n, more=f"mean of {check.repeats} draws, band: 95 % over cases"))
    return made
