"""Going through a window's widgets: which are ours, what they say, and how readable that is as painted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget

from workstation.widgets.labels import ElidedLabel

QTS_OWN = ("qt_", "QScrollBar", "QHeaderView", "QTableCornerButton", "QSplitterHandle", "QSizeGrip", "QComboBoxPrivate")

Pixels = npt.NDArray[np.uint8]


def shown(root: QWidget) -> list[QWidget]:
    """Visible widgets that are ours, not parts that Qt makes inside its own."""
    everything = [root, *root.findChildren(QWidget)]
    kinds = [w for w in everything if w.isVisible() and w.window() is root.window()]
    return [w for w in kinds if not (w.objectName().startswith("qt_") or type(w).__name__ in QTS_OWN)]


def words_of(widget: QWidget) -> str:
    """The words on a widget; a placeholder where nothing is entered."""
    match widget:
        case QLabel() | QAbstractButton():
            return widget.text()
        case QLineEdit():
            return widget.text() or widget.placeholderText()
        case QPlainTextEdit():
            return widget.toPlainText() or widget.placeholderText()
        case QComboBox():
            return widget.currentText()
    return ""


def cut_off(root: QWidget) -> list[str]:
    """Words that have less room than they need."""
    cut = []
    for widget in shown(root):
        words = words_of(widget)
        if not words or isinstance(widget, ElidedLabel | QPlainTextEdit):
            continue
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        needed = widget.heightForWidth(widget.width()) if wraps else widget.minimumSizeHint().height()
        if widget.height() < needed or (not wraps and widget.width() < widget.minimumSizeHint().width()):
            cut.append(words)
    return cut


def painted(root: QWidget) -> tuple[Pixels, float]:
    """(H, W, 3) uint8 RGB of the whole window as it is on screen, and its pixels per unit of Qt's coordinates."""
    image = root.window().grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy(), image.devicePixelRatio()


def painted_contrast(widget: QWidget, pixels: Pixels, scale: float) -> float:
    """Best contrast (WCAG 2.1) of any painted pixel against the commonest colour of the widget."""
    return contrast_in(widget, widget.rect(), pixels, scale)


def contrast_in(widget: QWidget, rect: QRect, pixels: Pixels, scale: float) -> float:
    """The same for a part of the widget, in the widget's own coordinates."""
    corner = widget.mapTo(widget.window(), rect.topLeft())
    x, y, w, h = (round(v * scale) for v in (corner.x(), corner.y(), rect.width(), rect.height()))
    part = pixels[max(y, 0) : y + h, max(x, 0) : x + w].reshape(-1, 3)
    colours, counts = np.unique(part, axis=0, return_counts=True)
    channels = colours / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722]) + 0.05
    ratio = light / light[counts.argmax()]
    return float(np.maximum(ratio, 1 / ratio).max())


def poorly_readable(root: QWidget) -> list[str]:
    """Words of enabled widgets, wholly on screen, under 4.5:1."""
    pixels, scale = painted(root)
    poor = []
    for widget in shown(root):
        whole = widget.visibleRegion().boundingRect() == widget.rect()  # not half scrolled away
        if whole and widget.isEnabled() and words_of(widget).strip():
            ratio = painted_contrast(widget, pixels, scale)
            if ratio < 4.5:
                poor.append(f"{words_of(widget)!r}: {ratio:.1f}")
    return poor
