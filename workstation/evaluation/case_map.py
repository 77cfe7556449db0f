"""The cases as the model sees them: near each other = alike to it; a point opens its case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workstation.evaluation.report import CaseLine, Report
from workstation.widgets.labels import label
from workstation.widgets.plot import STAGE_PENS, Plot
from workstation.words import tr


class CaseMap(QWidget):
    """A point per case, coloured by the truth; a cross where the model calls it otherwise.

    Signals
    -------
    case_wanted : (CaseLine) a point was clicked. listed : (tuple of CaseLine) their truths are on screen now.
    """

    case_wanted = Signal(object)
    listed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Map"))
        self.plot = Plot(tr("Near each other: alike to the model (t-SNE of its fused features)"), "", "")
        self.words = label("", "dim", name=tr("Under the pointer"), wrap=True)
        self.words.setMinimumHeight(40)
        self.lines: tuple[CaseLine, ...] = ()
        self._told: tuple[CaseLine, ...] = ()
        layout = QVBoxLayout(self)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.words)

    def show_report(self, report: Report) -> None:
        """Draw the cases that have a place; a table of predictions alone has none."""
        self.lines = tuple(case for case in report.cases if case.place is not None)
        looks = self.plot.begin(x=None, y=None)
        self.plot.getPlotItem().enableAutoRange()
        for axis in ("bottom", "left"):
            self.plot.getAxis(axis).setTicks([[]])  # the directions mean nothing
        for number, truth in enumerate(report.classes):
            colour = QColor(getattr(looks, STAGE_PENS[number % len(STAGE_PENS)]))
            for right, symbol in ((True, "o"), (False, "x")):
                found = [case for case in self.lines if case.truth == truth and (case.called == truth) is right]
                if found:
                    words = truth if right else tr("{truth}, called otherwise", truth=truth)
                    points = self._points(found, symbol, colour)
                    self.plot.addItem(points)
                    self.plot.legend.addItem(points, words)
        self._say_nothing()
        if self.isVisible():
            self._tell()

    def _points(self, cases: Sequence[CaseLine], symbol: str, colour: QColor) -> pg.ScatterPlotItem:
        points = pg.ScatterPlotItem(
            pos=[case.place for case in cases], data=list(cases), symbol=symbol, size=10, brush=colour,
            pen=None if symbol == "o" else pg.mkPen(colour, width=2), hoverable=True, tip=None,
        )  # fmt: skip
        points.sigClicked.connect(lambda _, found, *rest: self._clicked(found))
        points.sigHovered.connect(lambda _, found, *rest: self._hovered(found))
        return points

    def _clicked(self, found: Sequence[Any]) -> None:
        if len(found):
            self.case_wanted.emit(found[0].data())

    def _hovered(self, found: Sequence[Any]) -> None:
        if not len(found):
            return
        case: CaseLine = found[0].data()
        chance = "" if case.probability is None else f" ({case.probability:.3f})"
        words = tr("{case}: {truth}, called {called}", case=case.case_id, truth=case.truth, called=case.called)
        self.words.setText(f"{words}{chance}")

    def _say_nothing(self) -> None:
        none = tr("This report holds no places of cases: it was made from a table of predictions.")
        self.words.setText(tr("Point at a case to read it, click to open it.") if self.lines else none)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell()

    def _tell(self) -> None:
        """Whoever sees the colours knows the answers."""
        if self.lines and self.lines != self._told:
            self._told = self.lines
            self.listed.emit(self.lines)
