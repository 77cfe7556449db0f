"""The curves of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from workstation.colours import Colours
from workstation.evaluation.report import Report, Table, figure_words
from workstation.widgets.plot import STAGE_PENS, Plot
from workstation.words import tr


def show_roc(plot: Plot, report: Report) -> None:
    """ROC curves, the operating point, the reader's own categories, and the models it is compared with."""
    looks = plot.begin()
    plot.line((0, 1), (0, 1), looks.edge, dashed=True, width=1)
    band = (report.table.get("bands") or {}).get("roc")
    if band and len(report.curves) == 1:
        plot.band(band["grid"], band["low"], band["high"], looks.accent)
    for number, curve in enumerate(report.curves):
        colour = getattr(looks, STAGE_PENS[number % len(STAGE_PENS)])
        name = report.model if len(report.curves) == 1 else str(curve["name"])
        dashed = number >= len(STAGE_PENS)  # the colours begin again
        plot.line(curve["false_positive_rate"], curve["sensitivity"], colour, name, dashed=dashed)
    for other in report.table.get("against") or ():
        curve = other["other_curve"]
        plot.line(curve["false_positive_rate"], curve["sensitivity"], looks.dim, str(other["other"]), width=1.5)
    if report.reader:
        steps = [(1 - p["specificity"]["value"], p["sensitivity"]["value"]) for p in report.reader["points"]]
        x, y = zip((0.0, 0.0), *steps, (1.0, 1.0), strict=True)
        plot.line(x, y, looks.caution, tr("Reader's category"), dashed=True)
        plot.addItem(pg.ScatterPlotItem(x[1:-1], y[1:-1], size=8, brush=QColor(looks.caution), pen=None))
    _operating_point(plot, report, looks, lambda p: (1 - p["specificity"]["value"], p["sensitivity"]["value"]))


def show_precision(plot: Plot, report: Report) -> None:
    """Positive predictive value over sensitivity."""
    looks = plot.begin()
    for number, curve in enumerate(report.curves):
        colour = getattr(looks, STAGE_PENS[number % len(STAGE_PENS)])
        name = report.model if len(report.curves) == 1 else str(curve["name"])
        dashed = number >= len(STAGE_PENS)
        plot.line(curve["sensitivity"], curve["precision"], colour, name, dashed=dashed)
    positives, n = report.table.get("positives"), report.table.get("n")
    if positives and n:
        plot.line((0, 1), (positives / n, positives / n), looks.edge, tr("Share of positives"), dashed=True, width=1)
    _operating_point(
        plot, report, looks, lambda p: (p["sensitivity"]["value"], p["positive_predictive_value"]["value"])
    )


def _operating_point(plot: Plot, report: Report, looks: Colours, place: Callable[[Table], tuple[Any, Any]]) -> None:
    for point in (report.table.get("points") or ())[:1]:
        x, y = place(point)
        if x is not None and y is not None:
            cross = pg.ScatterPlotItem(
                [x], [y], size=13, symbol="+", brush=QColor(looks.text), pen=pg.mkPen(looks.text)
            )
            plot.addItem(cross)
            plot.legend.addItem(cross, tr("Operating point {t}", t=f"{point['threshold']:.3f}"))


def show_reliability(plot: Plot, report: Report) -> None:
    """What was said against what was seen, with intervals; bins of equal numbers of cases."""
    looks = plot.begin()
    plot.line((0, 1), (0, 1), looks.edge, dashed=True, width=1)
    bins = [b for b in (report.table.get("reliability") or {}).get("equal_mass_bins") or () if b.get("count")]
    x = np.array([b["said"] for b in bins], float)
    y, low, high = (np.array([b["seen"][key] for b in bins], float) for key in ("value", "low", "high"))
    if len(x):
        plot.addItem(pg.ErrorBarItem(x=x, y=y, top=high - y, bottom=y - low, beam=0.01, pen=pg.mkPen(looks.dim)))
        plot.addItem(pg.ScatterPlotItem(x, y, size=9, brush=QColor(looks.accent), pen=None))


def show_decision(plot: Plot, report: Report) -> None:
    """Net benefit by the threshold at which a person would act."""
    found: Mapping[str, Any] = report.table.get("decision") or {}
    if not found:
        plot.begin()
        return
    values = [v for v in found["model"] if v is not None]
    top = max([*values, 0.05])
    looks = plot.begin(y=(-0.1 * top, 1.1 * top))
    plot.line(found["threshold"], found["model"], looks.accent, report.model)
    plot.line(found["threshold"], found["everyone"], looks.dim, tr("Biopsy everyone"), width=1.5)
    plot.line((0, 1), (0, 0), looks.edge, tr("Biopsy nobody"), dashed=True, width=1)
    if found.get("reader"):
        plot.line(found["threshold"], found["reader"], looks.caution, tr("Reader's category"), dashed=True)


def show_risk(plot: Plot, report: Report) -> None:
    """Errors among the cases that are kept when the least sure ones are left to the reader."""
    found: Mapping[str, Any] = report.table.get("risk") or {}
    if not found:
        plot.begin()
        return
    looks = plot.begin(y=(0, max([*found["risk"], 0.05]) * 1.1))
    plot.line(found["coverage"], found["risk"], looks.accent, report.model)


def reliability_words(report: Report) -> str:
    """The calibration error beside the diagram."""
    figures = report.table.get("bootstrap") or {}
    return tr("Calibration error {figure}", figure=figure_words(figures.get("calibration_error")))
