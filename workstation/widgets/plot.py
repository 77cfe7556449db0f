"""Two axes in the looks of the window, with what is under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from workstation.colours import Colours
from workstation.theme import colours

WIDE = 2.5
NEVER = ((0.0, 0.0),)
"""Ranges in which an axis is told in thousandths: none, so that a loss of 0.6 is not written 600."""
STAGE_PENS = ("accent", "caution", "failure", "text", "dim")


class Plot(pg.PlotWidget):
    """Two axes in the looks of the window.

    Signals
    -------
    pointed : (x, y) in the units of the axes, while the pointer is over the plot.
    """

    pointed = Signal(float, float)

    def __init__(self, title: str, across: str, upwards: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.viewport().setAccessibleName(title)
        self._words = (title, across, upwards)
        self.setMenuEnabled(False)
        self.hideButtons()
        for action in self.scene().contextMenu:  # "Export …" of the library, in its own words; the report has files
            action.setParent(None)
        self.scene().contextMenu.clear()
        self.legend = self.addLegend(offset=(-12, -12), labelTextSize="9pt")
        self.mark = pg.ScatterPlotItem(size=11)
        self.setMinimumSize(260, 240)
        self.scene().sigMouseMoved.connect(self._moved)
        self.getPlotItem().vb.setMouseEnabled(x=False, y=False)

    def begin(self, *, x: tuple[float, float] | None = (0, 1), y: tuple[float, float] | None = (0, 1)) -> Colours:
        """Empty it for new curves, in the colours of the theme."""
        looks = colours()
        self.clear()
        self.legend.clear()
        self.setBackground(QColor(looks.panel))
        title, across, upwards = self._words
        self.setTitle(title, color=looks.text, size="10pt")
        for side, words in (("bottom", across), ("left", upwards)):
            axis = self.getAxis(side)
            axis.setPen(looks.edge)
            axis.setTextPen(looks.dim)
            axis.setLabel(words, siPrefixEnableRanges=NEVER, color=looks.dim)
            axis.setStyle(hideOverlappingLabels=False)
        self.showGrid(x=True, y=True, alpha=0.15)
        self.legend.setLabelTextColor(looks.text)
        if x is not None:
            self.setXRange(*x, padding=0.02)
        if y is not None:
            self.setYRange(*y, padding=0.03)
        self.mark.setData([], [])
        self.mark.setBrush(QColor(looks.text))
        self.mark.setPen(QColor(looks.panel))
        self.mark.setZValue(10)
        self.addItem(self.mark, ignoreBounds=True)
        return looks

    def line(
        self,
        x: Any,
        y: Any,
        colour: str,
        words: str = "",
        *,
        dashed: bool = False,
        width: float = WIDE,
        dots: bool = False,
    ) -> pg.PlotDataItem:
        """A curve; with words it is in the legend. What is given back takes other points by `setData`."""
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        pen = pg.mkPen(colour, width=width, style=style)
        marks = {"symbol": "o", "symbolSize": 5, "symbolBrush": QColor(colour), "symbolPen": None} if dots else {}
        return self.plot(np.asarray(x, float), np.asarray(y, float), pen=pen, name=words or None, **marks)

    def band(self, grid: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str) -> None:
        """The 95 % interval around a curve."""
        tint = QColor(colour)
        tint.setAlpha(48)
        below, above = (pg.PlotCurveItem(np.asarray(grid, float), np.asarray(edge, float)) for edge in (low, high))
        for edge in (below, above):
            edge.setPen(None)
        self.addItem(pg.FillBetweenItem(below, above, brush=tint))

    def _moved(self, place: QPointF) -> None:
        if self.getPlotItem().vb.sceneBoundingRect().contains(place):
            point = self.getPlotItem().vb.mapSceneToView(place)
            self.pointed.emit(point.x(), point.y())
