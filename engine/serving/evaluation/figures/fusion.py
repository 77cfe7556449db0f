"""What the modalities add, the integration score with its parts, and the figures on one wheel."""

from __future__ import annotations

from math import pi

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from engine.evaluation.figures import Figure
from engine.evaluation.judgement import Judgement
from engine.serving.evaluation.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    READER,
    SOFT,
    VERMILION,
    basis,
    drawing,
    signed,
)


def contributions(judgement: Judgement) -> Drawing | None:
    """AUC lost without each modality, and how much it moves the answer in cases of either truth."""
    rows = [row for row in judgement.contributions if row.auc_lost is not None]
    if not rows:
        return None
    made = Drawing(figsize=(7.6, 1.4 + 0.55 * len(rows)), layout="constrained")
    left, right = made.subplots(1, 2, sharey=True)
    places = np.arange(len(rows))[::-1]
    for place, row in zip(places, rows, strict=True):
        assert row.auc_lost is not None
        _bar(left, place, row.auc_lost.difference, BLUE, "o")
        if row.shapley_of_positive is not None:
            _bar(right, place + 0.12, row.shapley_of_positive, VERMILION, "o")
        if row.shapley_of_negative is not None:
            _bar(right, place - 0.12, row.shapley_of_negative, GREEN, "s")
    for axes in (left, right):
        axes.axvline(0.0, color=SOFT, linewidth=0.8)
        axes.set_ylim(-0.6, len(rows) - 0.4)
    left.set_yticks(places, [f"{row.title} (n = {row.n})" for row in rows])
    left.set_xlabel("AUC lost without it")
    right.set_xlabel("mean Shapley value, log-odds")
    left.set_title("What each modality adds")
    right.plot([], [], color=VERMILION, marker="o", linestyle="none", label=judgement.question)
    right.plot([], [], color=GREEN, marker="s", linestyle="none", label=f"not {judgement.question}")
    right.legend(loc="best")
    signed(made, basis(judgement, more="bars: 95 %"))
    return made


def integration(judgement: Judgement) -> Drawing | None:
    """The score's parts, stacked by their weights, in every variant."""
    if judgement.integration is None:
        return None
    scores = judgement.integration.scores
    made, axes = drawing(6.4, 1.5 + 0.45 * len(scores))
    names = []
    for place, score in zip(range(len(scores) - 1, -1, -1), scores, strict=True):
        left = 0.0
        parts = zip(
            (score.consistency, score.confidence, score.accuracy), score.weights, (BLUE, ORANGE, PURPLE), strict=True
        )
        for value, weight, colour in parts:
            axes.barh(place, value * weight, left=left, color=colour, height=0.6, edgecolor="white")
            axes.text(left + value * weight / 2, place, f"{value:.2f}", ha="center", va="center", fontsize=8)
            left += value * weight
        axes.text(left + 0.01, place, f"{score.score:.3f}", va="center", fontsize=9, weight="bold")
        kind = "calibrated" if score.calibrated else f"{score.consistency_variant}, {score.confidence_variant}"
        names.append(kind)
    axes.set_yticks(range(len(scores) - 1, -1, -1), names)
    axes.set(xlim=(0, 1.08), xlabel="0.3 consistency + 0.3 confidence + 0.4 accuracy")
    for colour, name in ((BLUE, "consistency"), (ORANGE, "confidence"), (PURPLE, "accuracy")):
        axes.bar(0, 0, color=colour, label=name)
    axes.legend(loc="upper center", ncols=3, bbox_to_anchor=(0.5, -0.32 if len(scores) < 4 else -0.24))
    axes.set_title("Integration score and its parts")
    signed(made, basis(judgement, n=scores[0].n, more="read with its parts; no ranking of models"))
    return made


def radar(judgement: Judgement) -> Drawing:
    """AUC, the shares at the operating point and calibration on one wheel, with their intervals."""
    names = ("auc", "sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value", "f1")
    labels = ["AUC", "sensitivity", "specificity", "PPV", "NPV", "F1", "1 - ECE"]
    figures = [judgement.bootstrap[name] for name in names]
    error = judgement.bootstrap["calibration_error"]
    figures.append(_turned(error))
    angles = np.linspace(0, 2 * pi, len(labels), endpoint=False)
    made = Drawing(figsize=(5.4, 4.6), layout="constrained")
    axes = made.add_subplot(projection="polar")
    axes.set_theta_offset(pi / 2)  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    low, high = [f.low or 0.0 for f in figures], [f.high or 1.0 for f in figures]
    axes.fill_between(_round(angles), _round(low), _round(high), color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(
        _round(angles), _round([f.value for f in figures]), color=BLUE, marker="o", markersize=4, label=judgement.model
    )
    for other in judgement.against:
        theirs = other.other_figures.figures()
        values = [*(theirs[name].value for name in names), 1 - theirs["calibration_error"].value]
        axes.plot(
            _round(angles), _round(values), color=GREEN, linestyle="--", marker="^", markersize=4, label=other.other
        )
    if judgement.reader is not None:
        _reader(axes, judgement, angles)
    axes.set_xticks(angles, labels)
    axes.tick_params(axis="x", pad=9)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.25, 0.5, 0.75, 1.0], ["", "0.5", "", "1"])
    axes.spines["polar"].set_color("#c9ced4")
    axes.set_title("At the operating point", pad=18)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.28, -0.12))
    signed(made, basis(judgement, more="band: 95 %, patients drawn"))
    return made


def _reader(axes: Axes, judgement: Judgement, angles: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    assert judgement.reader is not None
    point = judgement.reader.at_cut
    called, passed = point.hits + point.false_alarms, point.misses + point.rejections
    values = [
        judgement.reader.auc.value,
        point.sensitivity.value,
        point.specificity.value,
        point.hits / max(called, 1),
        point.rejections / max(passed, 1),
        2 * point.hits / max(2 * point.hits + point.false_alarms + point.misses, 1),
    ]
    label = f"reader at BI-RADS ≥ {judgement.reader.cut}"
    axes.plot(angles[:6], values, color=READER, marker="s", markersize=4, linewidth=1.2, label=label)


def _turned(error: Figure) -> Figure:
    low = None if error.high is None else 1 - error.high
    return Figure(value=1 - error.value, low=low, high=None if error.low is None else 1 - error.low, n=error.n)


def _round(values: object) -> list[float]:
    listed = [float(v) for v in np.asarray(values)]
    return [*listed, listed[0]]


def _bar(axes: Axes, place: float, figure: Figure, colour: str, marker: str) -> None:
    if figure.low is not None and figure.high is not None:
        axes.plot([figure.low, figure.high], [place, place], color=colour, linewidth=1.4)
    axes.plot(figure.value, place, color=colour, marker=marker, markersize=5, linestyle="none")
