"""A line on a picture into which the text of a note or an arrow is typed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.domain.annotation import MOST_LETTERS, Arrow, Note
from workstation.viewing.pencil import NEW_NOTE
from workstation.words import tr

WIDTH = 220


class TextEntry(QLineEdit):
    """Signals
    -------
    entered : (Shape, str) by Return, or by clicking elsewhere; Esc gives up.
    """

    entered = Signal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer = parent
        self.setAccessibleName(tr("Text on the image"))
        self.setPlaceholderText(tr("Text, then Return"))
        self.setMaxLength(MOST_LETTERS)
        self.setFixedWidth(WIDTH)
        self.hide()
        self._shape: object = None
        self.returnPressed.connect(self._finish)

    def ask(self, shape: object, at: QPoint) -> None:
        """Let a text be typed for `shape`, near a place of the viewer."""
        self._shape = shape
        known = shape.text if isinstance(shape, Note | Arrow) else ""
        self.setText("" if known == NEW_NOTE else known)
        room = self._viewer.rect()
        x = min(max(at.x(), 0), max(room.width() - self.width(), 0))
        y = min(max(at.y() - self.sizeHint().height() // 2, 0), max(room.height() - self.sizeHint().height(), 0))
        self.move(x, y)
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def give_up(self) -> None:
        self._shape = None
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            self._viewer.setFocus()
        else:
            super().keyPressEvent(event)
        event.accept()  # no key of it is the picture's below

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._finish()

    def _finish(self) -> None:
        shape, self._shape = self._shape, None
        if shape is None:
            return
        self.hide()
        self._viewer.setFocus()
        self.entered.emit(shape, self.text().strip())
