"""Painted scales: probability with threshold, contributions to the log-odds, and the colours of evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workstation.theme import colours
from workstation.words import tr

_BAR_WIDTH, _NARROWEST_BAR = 96, 40


class ProbabilityScale(QWidget):
    """0 to 100 %, with the threshold as a line and the probability as a marker over its range."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._probability: float | None = None
        self._threshold: float | None = None
        self._span: tuple[float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Probability scale"))

    def sizeHint(self) -> QSize:
        return QSize(240, 48)

    def show_values(self, probability: float | None, threshold: float | None, span: tuple[float, float] | None) -> None:
        self._probability, self._threshold, self._span = probability, threshold, span
        words = "" if probability is None else tr("{probability:.0f} percent", probability=probability * 100)
        self.setAccessibleDescription(
            words
            if threshold is None
            else tr("{words}, threshold {threshold:.0f} percent", words=words, threshold=threshold * 100)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, width, y = 8.0, self.width() - 16.0, 18.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.line))
        painter.drawRoundedRect(QRectF(left, y - 3, width, 6), 3, 3)
        if self._span is not None:
            low, high = self._span
            painter.setBrush(QColor(c.edge))
            painter.drawRoundedRect(QRectF(left + low * width, y - 3, max((high - low) * width, 2), 6), 3, 3)
        self._words(painter, left, width, y)
        if self._probability is not None:
            painter.setPen(QPen(QColor(c.panel), 2))
            painter.setBrush(QColor(c.accent))
            painter.drawEllipse(QPointF(left + self._probability * width, y), 8, 8)

    def _words(self, painter: QPainter, left: float, width: float, y: float) -> None:
        c = colours()
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(QColor(c.dim))
        below = QRectF(left - 8, y + 10, width + 16, 18)
        if self._threshold is None:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0 %")
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, "100 %")
            return
        x = left + self._threshold * width
        text = tr("threshold {threshold:.0f} %", threshold=self._threshold * 100)
        half = painter.fontMetrics().horizontalAdvance(text) / 2
        if x - half > left + 32:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0 %")
        if x + half < left + width - 48:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, "100 %")
        start = min(max(x - half, 0.0), self.width() - 2 * half)
        painter.drawText(QRectF(start, y + 10, 2 * half + 2, 18), Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(QPen(QColor(c.text), 2))
        painter.drawLine(QPointF(x, y - 10), QPointF(x, y + 9))


class ContributionBar(QWidget):
    """One contribution: to the right towards the positive class, to the left away from it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._value: float | None = None
        self._limit = 1.0
        self.setMinimumWidth(96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Contribution of {name}", name=name))

    def sizeHint(self) -> QSize:
        return QSize(160, 20)

    def show_value(self, value: float | None, limit: float) -> None:
        """`value` in log-odds; `limit` is at the bar's ends."""
        self._value, self._limit = value, max(limit, 1e-6)
        self.setAccessibleDescription("" if value is None else tr("{value:+.1f} log-odds", value=value))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, half, y = self.width() / 2, self.width() / 2 - 2, self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.line))
        painter.drawRoundedRect(QRectF(2, y - 1, self.width() - 4, 2), 1, 1)
        if self._value is not None:
            length = min(abs(self._value) / self._limit, 1.0) * half
            x = middle if self._value >= 0 else middle - length
            painter.setBrush(QColor(c.accent if self._value >= 0 else c.dim))
            painter.drawRoundedRect(QRectF(x, y - 5, max(length, 2), 10), 2, 2)
        painter.setPen(QPen(QColor(c.edge), 1))
        painter.drawLine(QPointF(middle, y - 8), QPointF(middle, y + 8))


class ColourBar(QWidget):
    """The colours of an evidence map with its ends in words."""

    def __init__(self, table: npt.NDArray[np.uint8], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        over_black = table[:, :3].astype(np.float32) * (table[:, 3:].astype(np.float32) / 255.0)
        self._pixels = np.ascontiguousarray(np.rint(over_black).astype(np.uint8)[None])
        self._ends: Sequence[str] = ("0", "")
        self._short = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Colours of the evidence map"))

    def sizeHint(self) -> QSize:
        widths = sum(self.fontMetrics().horizontalAdvance(e) for e in self._ends)
        return QSize(widths + _BAR_WIDTH + 20, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST_BAR + 20 + self.fontMetrics().horizontalAdvance(self._ends[0] + self._short), 24)

    def show_ends(self, low: str, high: str, short: str) -> None:
        """Words at the ends; `short` stands for `high` where there is little room."""
        self._ends, self._short = (low, high), short
        self.setAccessibleDescription(tr("from {low} to {high}", low=low, high=high))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        image = QImage(self._pixels.data, 256, 1, 768, QImage.Format.Format_RGB888)
        metrics, low = painter.fontMetrics(), self._ends[0]
        start = metrics.horizontalAdvance(low) + 8
        painter.setPen(QColor(colours().dim))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), low)
        room = self.width() - start - 12
        fits = metrics.horizontalAdvance(self._ends[1]) <= room - _NARROWEST_BAR
        words = self._ends[1] if fits else self._short
        length = min(max(room - metrics.horizontalAdvance(words), _NARROWEST_BAR), _BAR_WIDTH)
        after = self.rect().adjusted(start + length + 8, 0, 0, 0)
        painter.drawText(after, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)
        bar = QRectF(start, self.height() / 2 - 5, length, 10)
        painter.drawImage(bar, image)
        painter.setPen(QPen(QColor(colours().edge), 1))
        painter.drawRect(bar)
