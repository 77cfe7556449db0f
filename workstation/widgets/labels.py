"""Labels that keep to the style sheet's roles, and one that cuts long text with an ellipsis."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from workstation.theme import role
from workstation.words import tr


def label(text: str = "", look: str = "", *, name: str = "", wrap: bool = False) -> QLabel:
    """A plain-text label; `look` is a role of the style sheet, `name` what a screen reader says before the text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if look:
        role(made, look)
    if name:
        made.setAccessibleName(name)
    return made


def rule() -> QFrame:
    """A thin line between groups."""
    line = QFrame()
    role(line, "rule")
    line.setAccessibleName(tr("separator"))
    return line


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where there is no room; the whole text is in the tooltip."""

    def __init__(self, text: str = "", look: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if look:
            role(self, look)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        cut = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), cut)
