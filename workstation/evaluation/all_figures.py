"""Every figure of a report as rows of words: thresholds, promised sets, all scalars with both intervals. No Qt."""

from __future__ import annotations

from workstation.evaluation.report import Report, figure_words, percent_words
from workstation.words import later, tr

Rows = tuple[tuple[str, ...], ...]

_POINTS = {
    "in use": later("In use"),
    "0.5": later("Fixed"),
    "sensitivity at least 0.95": later("Sensitivity ≥ 0.95"),
    "greatest Youden index": later("Youden's index"),
}
_FIGURES = {
    "auc": later("AUC"),
    "sensitivity": later("Sensitivity"),
    "specificity": later("Specificity"),
    "positive_predictive_value": later("Positive predictive value"),
    "negative_predictive_value": later("Negative predictive value"),
    "accuracy": later("Accuracy"),
    "f1": later("F1"),
    "balanced_accuracy": later("Balanced accuracy"),
    "matthews": later("Matthews correlation"),
    "average_precision": later("Average precision"),
    "brier": later("Brier score"),
    "calibration_error": later("Calibration error"),
    "log_loss": later("Log loss"),
    "area_under_risk": later("Area under risk and coverage"),
    "accuracy_at_80_coverage": later("Accuracy on the surest 80 %"),
    "accuracy_at_90_coverage": later("Accuracy on the surest 90 %"),
    "macro_f1": later("F1, mean of stages"),
    "macro_auc": later("AUC, mean of stages"),
    "quadratic_kappa": later("Kappa, quadratic"),
    "mean_stage_error": later("Mean error in stages"),
    "within_one_stage": later("Within one stage"),
}
_OF, _FROM = "auc_of_", "auc_from_"


def point_rows(report: Report) -> Rows:
    """(threshold, with a star where it was chosen on these cases, sensitivity, specificity, PPV, NPV, counts)."""
    return tuple(
        (
            _point_name(str(point["name"]), point["threshold"], bool(point.get("optimistic"))),
            figure_words(point["sensitivity"]),
            figure_words(point["specificity"]),
            figure_words(point["positive_predictive_value"]),
            figure_words(point["negative_predictive_value"]),
            f"{point['hits']} / {point['false_alarms']} / {point['misses']} / {point['rejections']}",
        )
        for point in report.table.get("points") or ()
    )


def _point_name(name: str, threshold: float, optimistic: bool) -> str:
    words = f"{tr(_POINTS.get(name, name))}: {threshold:.3f}"
    return f"{words} *" if optimistic else words


def threshold_words(report: Report) -> str:
    """Where the threshold in use comes from."""
    origin = report.table.get("threshold_origin")
    return tr("The threshold in use: {origin}.", origin=origin) if origin else ""


def set_rows(report: Report) -> Rows:
    """(what is promised or told, seen here, cases it is counted on)."""
    rows = []
    if sets := report.table.get("sets"):
        promised = tr("Sets hold the truth, promised {share}", share=percent_words(sets["promised"]))
        rows.append((promised, sets["coverage"]))
        rows += [(tr("Sets hold the truth: {name}", name=name), figure) for name, figure in sets["by_class"].items()]
        rows.append((tr("Sets with a single class"), sets["single"]))
        rows.append((tr("Sets with none"), sets["empty"]))
        rows.append((tr("Classes in a set, mean"), sets["size"]))
    if foreign := report.table.get("foreign"):
        rows.append((tr("Unlike the training images"), foreign["share"]))
        rows.append((tr("Most probable class right among these"), foreign["accuracy_foreign"]))
        rows.append((tr("Most probable class right among the others"), foreign["accuracy_known"]))
    return tuple((words, figure_words(figure), str(figure.get("n", ""))) for words, figure in rows)


def figure_rows(report: Report) -> Rows:
    """(figure, with the interval by formula, by drawing patients, cases it is counted on)."""
    formula, drawn = report.table.get("figures") or {}, report.table.get("bootstrap") or {}
    rows = []
    for name, words in _FIGURES.items():
        by_formula, by_drawing = formula.get(name), drawn.get(name)
        if by_formula is None and by_drawing is None:
            continue
        known = by_formula or by_drawing or {}
        has_interval = by_drawing is None or known.get("low") is not None
        formula_words = figure_words(by_formula) if by_formula is not None and has_interval else ""
        drawn_words = "" if by_drawing is None else figure_words(by_drawing)
        rows.append((tr(words), formula_words, drawn_words, str(known.get("n", ""))))
    return tuple(rows)


def stage_rows(report: Report) -> Rows:
    """(figure, value with its interval, cases) of a task of several stages."""
    found = {**(report.table.get("stages") or {}), **(report.table.get("stage_bootstrap") or {})}
    return tuple((_stage_name(name), figure_words(figure), str(figure.get("n", ""))) for name, figure in found.items())


def _stage_name(name: str) -> str:
    if name.startswith(_OF):
        return tr("AUC, {name} against the others", name=name.removeprefix(_OF))
    if name.startswith(_FROM):
        return tr("AUC, from {name} on", name=name.removeprefix(_FROM))
    return tr(_FIGURES.get(name, name.replace("_", " ")))
