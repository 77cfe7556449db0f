"""One picture under mouse and keys: zoom by wheel, pan by drag, window and level by right-drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from workstation.viewing.picture_canvas import PictureCanvas

ZOOM_STEP = 1.15
Button = Qt.MouseButton


class PictureView(PictureCanvas):
    """A picture that mouse and keys speak to. `MarkedView` adds what is drawn on it.

    Signals
    -------
    fitted : the region was fitted, by double-click; window_changed : (WindowLevel) by the mouse.
    frame_step, case_step : (-1 or 1) by arrow keys; play_toggled : Space.
    focus_changed : (bool) keys now go to this picture, or no longer.
    pair_wanted, back_wanted : Return and Backspace, for a picture that is only looked at.
    """

    fitted = Signal()
    window_changed = Signal(object)
    frame_step = Signal(int)
    case_step = Signal(int)
    focus_changed = Signal(bool)
    play_toggled = Signal()
    pair_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grip: tuple[Button, QPointF] | None = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Button.LeftButton, Button.MiddleButton, Button.RightButton):
            self._grip = (event.button(), event.position())
            panning = event.button() != Button.RightButton
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor if panning else Qt.CursorShape.SizeAllCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._loupe:
            self.viewport().update()
        if self._grip is None or self._pixels is None:
            return
        button, last = self._grip
        moved = event.position() - last
        self._grip = (button, event.position())
        if button == Button.RightButton:
            self.set_window(self.window_level.moved(moved.x(), -moved.y()))
            self.window_changed.emit(self.window_level)
        else:
            self.pan_by(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()
        self.fitted.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.frame_step.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.case_step.emit(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Minus:
                self.zoom_by(ZOOM_STEP if event.key() == Qt.Key.Key_Plus else 1 / ZOOM_STEP)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.pair_wanted.emit()
            case Qt.Key.Key_Backspace:
                self.back_wanted.emit()
            case Qt.Key.Key_Space:
                self.play_toggled.emit()
            case _:
                event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)
