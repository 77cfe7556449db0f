"""One picture under mouse and keys: zoom by wheel, pan by drag, window and level by right-drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from workstation.command import Command, Place
from workstation.viewing.picture_canvas import PictureCanvas
from workstation.viewing.picture_keys import PICTURE_COMMANDS, PictureKeys, picture_keys

ZOOM_STEP = 1.15
PAN_STEP_PX, SHADE_STEP = 40, 8
"""Screen pixels, and grey values, for one press of a key."""
FIRST_KEYS = picture_keys(PICTURE_COMMANDS)
Button = Qt.MouseButton


class PictureView(PictureCanvas):
    """A picture that mouse and keys speak to. `MarkedView` adds what is drawn on it.

    Signals
    -------
    fitted : the region was fitted, by double-click; window_changed : (WindowLevel) by the mouse.
    frame_step, case_step : (-1 or 1) by keys; play_toggled : by a key.
    focus_changed : (bool) keys now go to this picture, or no longer.
    pair_wanted, back_wanted : by keys, for a picture that is only looked at.

    Attributes
    ----------
    keys : what keys mean here; their commands are methods of this class.
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
        self.keys: PictureKeys = FIRST_KEYS
        self._grip: tuple[Button, QPointF] | None = None
        self._is_held = False

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
        command = self._command_of(event)
        if command is None:
            event.ignore()
            return
        self._is_held = event.isAutoRepeat()
        getattr(self, command.name)(*command.arguments)

    @property
    def places(self) -> tuple[Place, ...]:
        """Whose keys hold now, the first ones first."""
        return (Place.PICTURE,)

    def key_of(self, name: str) -> str:
        """The key of a command, as this system writes it; "–" where it has none."""
        found = next((key for (_, key), command in self.keys.items() if command.name == name), "")
        return QKeySequence(found).toString(QKeySequence.SequenceFormat.NativeText) or "–"

    def _command_of(self, event: QKeyEvent) -> Command | None:
        for key in _names_of(event):
            for place in self.places:
                if (place, key) in self.keys:
                    return self.keys[place, key]
        return None

    def pan(self, right: int, down: int) -> None:
        """Move the picture a step."""
        self.pan_by(right * PAN_STEP_PX, down * PAN_STEP_PX)

    def zoom_step(self, step: int) -> None:
        """Zoom in (1) or out (-1)."""
        self.zoom_by(ZOOM_STEP**step)

    def shade(self, contrast: int, darkness: int) -> None:
        """More (1) or less (-1) contrast, a darker (1) or brighter (-1) picture."""
        self.set_window(self.window_level.moved(-contrast * SHADE_STEP, darkness * SHADE_STEP))
        self.window_changed.emit(self.window_level)

    def step_frame_here(self, step: int) -> None:
        self.frame_step.emit(step)

    def step_case_here(self, step: int) -> None:
        self.case_step.emit(step)

    def play_here(self) -> None:
        self.play_toggled.emit()

    def pair_here(self) -> None:
        self.pair_wanted.emit()

    def go_back_here(self) -> None:
        self.back_wanted.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)


def _names_of(event: QKeyEvent) -> list[str]:
    """A key as commands name it; for a sign also without the Shift that some keyboards need for it."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    held = [modifiers]
    if event.text() and event.text().isprintable() and not event.text().isalpha():
        held.append(modifiers & ~Qt.KeyboardModifier.ShiftModifier)
    return [QKeySequence(each.value | event.key()).toString() for each in dict.fromkeys(held)]
