"""The confusion matrix."""

from __future__ import annotations

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.serving.evaluation.figures.style import INK, MODEL, basis, drawing, signed

_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", MODEL])


def confusion(judgement: Judgement) -> Drawing:
    """Cases by truth (rows) and call (columns), shaded by the share of the row."""
    table, names = judgement.confusion, judgement.classes
    side = 3.4 + 0.35 * len(names)
    made, axes = drawing(side + 0.6, side)
    rows = table.sum(axis=1, keepdims=True)
    shares = table / rows.clip(min=1)
    axes.imshow(shares, cmap=_SHADES, vmin=0.0, vmax=1.0)
    for i in range(len(names)):
        for j in range(len(names)):
            ink = "white" if shares[i, j] > 0.55 else INK
            axes.text(
                j, i - 0.08, str(int(table[i, j])), ha="center", va="center", color=ink, fontsize=12, weight="bold"
            )
            axes.text(j, i + 0.14, f"{shares[i, j]:.0%}", ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(names)), [f"{name}\n({int(table[:, i].sum())})" for i, name in enumerate(names)])
    axes.set_yticks(range(len(names)), [f"{name}\n({int(table[i].sum())})" for i, name in enumerate(names)])
    axes.set(xlabel="called", ylabel="truth")
    axes.grid(False)
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_title("Confusion matrix")
    rule = f"called from {judgement.threshold:.3f} on" if len(names) == 2 else "the most probable class is called"
    signed(made, basis(judgement, more=rule))
    return made
