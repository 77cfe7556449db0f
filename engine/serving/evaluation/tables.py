"""The tables of a report as text: heads and rows, None where there is nothing to say."""

from __future__ import annotations

from engine.evaluation.figures import Figure
from engine.evaluation.judgement import Judgement
from engine.evaluation.pointing import PointingFigures
from engine.evaluation.robustness import RobustnessCurve
from engine.serving.evaluate import Evaluation
from engine.serving.evaluation.figures.style import p_said, said

Rows = list[tuple[str, ...]]
Cells = tuple[tuple[str, ...], Rows]

_NAMES = {
    "auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "positive_predictive_value": "Positive predictive value",
    "negative_predictive_value": "Negative predictive value",
    "accuracy": "Accuracy",
    "f1": "F1",
    "balanced_accuracy": "Balanced accuracy",
    "matthews": "Matthews correlation",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "calibration_error": "Calibration error (ECE)",
    "log_loss": "Log loss",
    "area_under_risk": "Area under risk and coverage",
    "accuracy_at_80_coverage": "Accuracy on the surest 80 %",
    "accuracy_at_90_coverage": "Accuracy on the surest 90 %",
    "macro_f1": "Macro F1",
    "macro_auc": "Macro AUC",
    "quadratic_kappa": "Kappa, quadratic weights",
    "mean_stage_error": "Mean error in stages",
    "within_one_stage": "Within one stage",
}


def figure_table(judgement: Judgement) -> Cells:
    """Every figure with its interval by formula, where there is one, and by drawing patients."""
    formula = judgement.figures.figures()
    rows: Rows = []
    for name, figure in judgement.bootstrap.items():
        other = formula.get(name)
        by_formula = "" if other is None or other.low is None else said(other)
        n = figure.n if other is None else other.n
        rows.append((_NAMES.get(name, name), by_formula, said(figure), str(n)))
    return ("Figure", "Interval by formula", "Interval by drawing patients", "n"), rows


def point_table(judgement: Judgement) -> Cells:
    """The thresholds."""
    heads = ("Threshold", "", "Sensitivity", "Specificity", "PPV", "NPV", "TP / FP / FN / TN")
    rows: Rows = [
        (
            f"{point.name}: {point.threshold:.3f}",
            point.origin,
            said(point.sensitivity),
            said(point.specificity),
            said(point.positive_predictive_value),
            said(point.negative_predictive_value),
            f"{point.hits} / {point.false_alarms} / {point.misses} / {point.rejections}",
        )
        for point in judgement.points
    ]
    return heads, rows


def stage_table(judgement: Judgement) -> Cells | None:
    """Of a task with several classes."""
    if not judgement.stages:
        return None
    found: dict[str, Figure] = {**judgement.stages, **judgement.stage_bootstrap}
    rows: Rows = [
        (_NAMES.get(n, n.replace("_", " ").replace("auc", "AUC")), said(f), str(f.n)) for n, f in found.items()
    ]
    return ("Of the classes", "95 % interval", "n"), rows


def baseline_table(judgement: Judgement) -> Cells:
    """Yardsticks on the same cases."""
    rows: Rows = []
    for item in judgement.baselines:
        if item.difference is not None:
            test = item.difference
            cells = (said(item.auc), said(item.model_auc), said(test.difference), p_said(test.p_value), str(item.n))
            rows.append((f"{item.name} alone", *cells))
    if judgement.reader is not None:
        reader, test = judgement.reader, judgement.reader.difference
        cells = (said(reader.auc), said(reader.model_auc), said(test.difference), p_said(test.p_value), str(reader.n))
        rows.append(("reader's BI-RADS", *cells))
    return ("Yardstick", "AUC", "Model there", "Model minus yardstick", "DeLong", "n"), rows


def against_table(judgement: Judgement) -> Cells:
    """Other models on the same cases."""
    rows: Rows = [
        (
            other.other,
            said(other.other_auc),
            said(other.auc),
            said(other.difference.difference),
            p_said(other.difference.p_value),
            f"{other.gained} / {other.lost}, {p_said(other.p_calls)}",
            str(other.n),
        )
        for other in judgement.against
    ]
    heads = (
        "Other model",
        "Its AUC",
        "This model",
        "Difference",
        "DeLong",
        "Only this / only other right, McNemar",
        "n",
    )
    return heads, rows


def subgroup_table(judgement: Judgement) -> Cells:
    """Parts of the cases."""
    rows: Rows = [
        (
            f"{row.kind}: {row.value}" if row.value else row.kind,
            str(row.n),
            str(row.positives),
            said(row.auc),
            said(row.sensitivity),
            said(row.specificity),
        )
        for row in judgement.subgroups
    ]
    return ("Part", "n", judgement.question, "AUC", "Sensitivity", "Specificity"), rows


def subset_table(evaluation: Evaluation | None) -> Cells | None:
    """Every subset of modalities; the best possible AUC where the law of the data is known."""
    found = [] if evaluation is None else [(r, r.figures) for r in evaluation.rows if r.figures is not None]
    if len(found) < 2:
        return None
    best = any(row.optimum is not None for row, _ in found)
    rows: Rows = []
    for row, figures in found:
        below = row.below_all
        limit = ("" if row.optimum is None else f"{row.optimum:.3f}",) if best else ()
        less = ("", "") if below is None else (said(below.difference), p_said(below.p_value))
        rows.append((row.title, str(row.n), said(figures.auc), *limit, *less))
    return ("Shown to the model", "n", "AUC", *(("Best possible",) if best else ()), "Below all", "DeLong"), rows


def localisation_table(rows: tuple[PointingFigures, ...]) -> Cells:
    """Heatmaps against masks."""
    heads = ("Cases", "n", "Hits", "Evidence inside", "Lesion's share (chance)", "Times chance")
    cells: Rows = [
        (row.cases, str(row.n), said(row.hits), said(row.energy), said(row.chance), said(row.times_chance))
        for row in rows
    ]
    return heads, cells


def robustness_table(curves: tuple[RobustnessCurve, ...]) -> Cells:
    """AUC at every severity, and the two areas."""
    severities = curves[0].severity if curves else ()
    rows: Rows = [
        (
            curve.title,
            *(said(figure) for figure in curve.auc),
            f"{curve.relative:.3f}",
            "" if curve.effective is None else f"{curve.effective:+.3f}",
        )
        for curve in curves
    ]
    return ("AUC at severity", *(f"{severity:.1f}" for severity in severities), "Relative", "Effective"), rows
