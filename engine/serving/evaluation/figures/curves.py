"""ROC and precision-recall curves with the reader's own on the same axes, and the curves of single classes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.evaluation.reader import ReaderPoint
from engine.serving.evaluation.figures.style import (
    CLASSES,
    MODEL,
    OTHER,
    READER,
    SOFT,
    basis,
    drawing,
    said,
    signed,
)

_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))


def roc(judgement: Judgement) -> Drawing:
    """Sensitivity over 1 - specificity: the model with its band, other models, the reader, the operating point."""
    made, axes = drawing()
    curve, band = judgement.curves[0], judgement.bands["roc"]
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.fill_between(band.grid, band.low, band.high, color=MODEL, alpha=0.15, linewidth=0)
    label = f"{judgement.model}: AUC {said(judgement.figures.auc)}"
    axes.plot(curve.false_positive_rate, curve.sensitivity, color=MODEL, label=label)
    for other in judgement.against:
        theirs = other.other_curve
        label = f"{other.other}: AUC {said(other.other_auc)}"
        axes.plot(theirs.false_positive_rate, theirs.sensitivity, color=OTHER, linestyle="--", label=label)
    if judgement.reader is not None:
        _reader_roc(axes, judgement)
    point = judgement.points[0]
    axes.plot(
        1 - point.specificity.value,
        point.sensitivity.value,
        marker="D",
        markersize=7,
        color="white",
        markeredgecolor=MODEL,
        markeredgewidth=1.8,
        linestyle="none",
        label=f"operating point, {point.threshold:.3f}",
    )
    _square(axes, "1 - specificity (false positive rate)", "sensitivity")
    axes.set_title(f"ROC: {judgement.question}")
    axes.legend(loc="lower right")
    signed(made, basis(judgement, more="band: 95 %, patients drawn"))
    return made


def precision_recall(judgement: Judgement) -> Drawing:
    """Positive predictive value over sensitivity, with the share of positive cases as the line of chance."""
    made, axes = drawing()
    curve, band = judgement.curves[0], judgement.bands["precision_recall"]
    share = judgement.positives / judgement.n
    axes.axhline(
        share, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)), label=f"share of {judgement.question} {share:.2f}"
    )
    axes.fill_between(band.grid, band.low, band.high, color=MODEL, alpha=0.15, linewidth=0)
    label = f"{judgement.model}: area {said(judgement.bootstrap['average_precision'])}"
    axes.step(curve.sensitivity, curve.precision, where="pre", color=MODEL, label=label)
    for other in judgement.against:
        theirs = other.other_curve
        axes.step(theirs.sensitivity, theirs.precision, where="pre", color=OTHER, linestyle="--", label=other.other)
    if judgement.reader is not None:
        points = judgement.reader.points
        recall = [p.sensitivity.value for p in points]
        precision = [p.hits / max(p.hits + p.false_alarms, 1) for p in points]
        axes.plot(recall, precision, color=READER, marker="s", markersize=4, linewidth=1.2, label="reader, BI-RADS")
    _square(axes, "sensitivity (recall)", "positive predictive value (precision)")
    axes.set_title(f"Precision and recall: {judgement.question}")
    axes.legend(loc="lower left")
    signed(made, basis(judgement, more="band: 95 %, patients drawn"))
    return made


def class_curves(judgement: Judgement) -> Drawing | None:
    """One ROC curve for each class against all others; None for a binary task."""
    if len(judgement.curves) < 2:
        return None
    made, axes = drawing()
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
    for index, curve in enumerate(judgement.curves[1:]):
        figure = judgement.stages.get(f"auc_of_{curve.name.split(' ')[0]}")
        axes.plot(
            curve.false_positive_rate,
            curve.sensitivity,
            color=CLASSES[index % len(CLASSES)],
            linestyle=_STYLES[index % len(_STYLES)],
            label=f"{curve.name}: {said(figure)}",
        )
    _square(axes, "1 - specificity (false positive rate)", "sensitivity")
    axes.set_title(f"Each class against the others, macro AUC {judgement.stages['macro_auc'].value:.3f}")
    axes.legend(loc="lower right")
    signed(made, basis(judgement, more="AUC with DeLong's 95 % interval"))
    return made


def _reader_roc(axes: Axes, judgement: Judgement) -> None:
    assert judgement.reader is not None
    points = judgement.reader.points
    across = [0.0, *(1 - p.specificity.value for p in points)]
    up = [0.0, *(p.sensitivity.value for p in points)]
    label = f"reader, BI-RADS: AUC {said(judgement.reader.auc)}"
    if judgement.reader.n < judgement.n:
        label += f", n = {judgement.reader.n}"
    axes.plot(across, up, color=READER, marker="s", markersize=4, linewidth=1.2, label=label)
    last = (-1.0, -1.0)
    for point in points:
        place = (1 - point.specificity.value, point.sensitivity.value)
        if place[0] < 0.97 and max(place[0] - last[0], place[1] - last[1]) > 0.05:
            _name(axes, point, place)
            last = place


def _name(axes: Axes, point: ReaderPoint, place: tuple[float, float]) -> None:
    look = {"fontsize": 7, "color": READER}
    axes.annotate(f"≥ {point.category}", place, (5, -10), textcoords="offset points", **look)  # type: ignore[arg-type]


def _square(axes: Axes, across: str, up: str) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), xlabel=across, ylabel=up)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_aspect("equal")
