"""What the probabilities are worth: reliability, decision curve, risk over coverage."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.serving.evaluation.figures.style import MODEL, READER, SOFT, basis, drawing, said, signed


def reliability(judgement: Judgement) -> Drawing:
    """Share that was positive over the probability said, with Wilson's intervals, and how many cases each bin holds."""
    made = Drawing(figsize=(5.4, 5.2), layout="constrained")
    axes, below = made.subplots(2, 1, height_ratios=(4, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)), label="said = seen")
    bins = judgement.reliability.bins
    said_, seen = [b.said for b in bins], [b.seen.value for b in bins]
    down = [b.seen.value - (b.seen.low or 0.0) for b in bins]
    up = [(b.seen.high or 1.0) - b.seen.value for b in bins]
    axes.errorbar(
        said_,
        seen,
        yerr=(np.maximum(down, 0), np.maximum(up, 0)),
        color=MODEL,
        marker="o",
        markersize=4.5,
        linewidth=1.2,
        elinewidth=0.9,
        capsize=2,
        label=f"{judgement.model}, bins of equal width",
    )
    axes.set(ylim=(-0.02, 1.02), ylabel=f"share that was {judgement.question}")
    error, brier = judgement.bootstrap["calibration_error"], judgement.bootstrap["brier"]
    axes.set_title("Reliability")
    axes.legend(loc="upper left", title=f"ECE {said(error)}\nBrier {said(brier)}", title_fontsize=8, alignment="left")
    below.bar(
        [(b.low + b.high) / 2 for b in bins],
        [b.count for b in bins],
        width=[0.9 * (b.high - b.low) for b in bins],
        color=MODEL,
        alpha=0.6,
    )
    below.set(xlim=(-0.01, 1.01), xlabel=f"probability said of {judgement.question}", ylabel="cases")
    signed(made, basis(judgement, more="bars: Wilson 95 %"))
    return made


def decision(judgement: Judgement) -> Drawing:
    """Net benefit of acting on the model, on everyone, on no one, and on the reader's own yes."""
    made, axes = drawing(5.4, 4.2)
    curve, band = judgement.decision, judgement.bands["decision"]
    share = judgement.positives / judgement.n
    axes.axhline(0.0, color=SOFT, linewidth=1.0, label="act on no one")
    axes.plot(curve.threshold, curve.everyone, color=SOFT, linewidth=1.2, linestyle="--", label="act on everyone")
    axes.fill_between(band.grid, band.low, band.high, color=MODEL, alpha=0.15, linewidth=0)
    axes.plot(curve.threshold, curve.model, color=MODEL, label=judgement.model)
    if curve.reader is not None:
        axes.plot(curve.threshold, curve.reader, color=READER, linestyle="-.", label="act on the reader's BI-RADS ≥ 4")
    axes.axvline(judgement.threshold, color=MODEL, linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(-0.1 * share, 1.12 * share))
    axes.set(xlabel="threshold probability at which one would act", ylabel="net benefit per case")
    axes.set_title("Decision curve")
    axes.legend(loc="upper right")
    signed(made, basis(judgement, more="band: 95 %; dotted: operating point"))
    return made


def risk(judgement: Judgement) -> Drawing:
    """Share of wrong calls among the surest cases."""
    made, axes = drawing(5.4, 4.2)
    curve, band = judgement.risk, judgement.bands["risk"]
    axes.fill_between(band.grid, band.low, band.high, color=MODEL, alpha=0.15, linewidth=0)
    axes.plot(curve.coverage, curve.risk, color=MODEL, label=f"{judgement.model}: area {curve.area:.3f}")
    everyone = float(curve.risk[-1])
    axes.axhline(everyone, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)), label=f"all cases: {everyone:.3f}")
    for name in ("accuracy_at_80_coverage", "accuracy_at_90_coverage"):
        place = int(name.split("_")[2]) / 100
        figure = judgement.bootstrap[name]
        axes.plot(
            place,
            1 - figure.value,
            marker="D",
            color="white",
            markeredgecolor=MODEL,
            markeredgewidth=1.5,
            linestyle="none",
            label=f"accuracy at {place:.0%}: {said(figure)}",
        )
    high = band.high[np.isfinite(band.high)]
    top = max(everyone, float(high.max(initial=0.0)), 0.02)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.15 * top), xlabel="share of cases kept, the surest first")
    axes.set_ylabel("share of wrong calls")
    axes.set_title("Risk over coverage")
    axes.legend(loc="upper left")
    signed(made, basis(judgement, more="band: 95 %; the most probable class is called"))
    return made
