"""AUC over the severity of each kind of damage, small pictures side by side on one scale."""

from __future__ import annotations

from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.evaluation.robustness import RobustnessCurve
from engine.serving.evaluation.figures.style import BASELINE, MODEL, SOFT, basis, signed

_ACROSS = 4


def robustness(judgement: Judgement, curves: tuple[RobustnessCurve, ...]) -> Drawing | None:
    """The model with its interval, and late fusion of its answers to single modalities."""
    if not curves:
        return None
    columns = min(_ACROSS, len(curves))
    rows = -(-len(curves) // columns)
    made = Drawing(figsize=(2.2 * columns + 0.4, 2.1 * rows + 0.5), layout="constrained")
    grid = made.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    lowest = min(figure.value if figure.low is None else figure.low for curve in curves for figure in curve.auc)
    for axes, curve in zip(grid, curves, strict=False):
        low = [f.value if f.low is None else f.low for f in curve.auc]
        high = [f.value if f.high is None else f.high for f in curve.auc]
        axes.axhline(0.5, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.fill_between(curve.severity, low, high, color=MODEL, alpha=0.15, linewidth=0)
        axes.plot(curve.severity, [f.value for f in curve.auc], color=MODEL, marker="o", markersize=3.5, label="model")
        if curve.late_fusion:
            values = [f.value for f in curve.late_fusion]
            axes.plot(
                curve.severity, values, color=BASELINE, marker="s", markersize=3, linestyle="--", label="late fusion"
            )
        axes.set_title(curve.title)
        axes.set(ylim=(min(0.45, lowest - 0.02), 1.01), xticks=(0, 0.5, 1))
    for axes in grid[len(curves) :]:
        axes.set_visible(False)
    for place in range(0, len(curves), columns):
        grid[place].set_ylabel("AUC")
    for axes in grid[max(0, len(curves) - columns) : len(curves)]:
        axes.set_xlabel("severity")
        axes.tick_params(labelbottom=True)
    grid[0].legend(loc="lower left")
    signed(made, basis(judgement, more="band: DeLong's 95 % interval; dotted: chance"))
    return made
