"""A line for one number within bounds; the arrow keys change it."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QDoubleValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class NumberLine(QLineEdit):
    """Parameters: `low` to `high`, `step` of the arrow keys, at most `digits` decimals."""

    def __init__(
        self, *, low: float, high: float, step: float, digits: int = 0, value: float = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._step, self._digits = low, high, step, digits
        check = QDoubleValidator(low, high, digits, self)
        check.setLocale(QLocale.c())
        check.setNotation(QDoubleValidator.Notation.StandardNotation)
        self.setValidator(check)
        self.setMaximumWidth(112)
        self.setValue(value)

    def value(self) -> float:
        """The number; the nearest bound where what stands there is none."""
        try:
            return min(max(float(self.text()), self._low), self._high)
        except ValueError:
            return self._low

    def setValue(self, value: float) -> None:
        """Show a number."""
        text = f"{min(max(value, self._low), self._high):.{self._digits}f}"
        self.setText(text.rstrip("0").rstrip(".") if "." in text else text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if steps:
            self.setValue(self.value() + steps * self._step)
        else:
            super().keyPressEvent(event)
