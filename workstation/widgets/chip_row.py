"""Terms of one field as buttons in a row: one click chooses, another click clears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from workstation.theme import role
from workstation.widgets.flow_layout import FlowLayout

_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}


class Chip(QPushButton):
    """One term; arrow keys go to its neighbours, Backspace or Delete clears the row."""

    def __init__(self, row: ChipRow, key: str, text: str) -> None:
        super().__init__(text, row)
        self._row = row
        self.key, self.label = key, text
        self.setCheckable(True)
        self.setAutoDefault(False)
        role(self, "chip")

    def show_mark(self, mark: str) -> None:
        """A few letters after the term, "" takes them away."""
        text = f"{self.label}  {mark}" if mark else self.label
        if text != self.text():
            self.setText(text)
            self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _STEPS:
            self._row.focus_neighbour(self, _STEPS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._row.cleared.emit()
        else:
            super().keyPressEvent(event)


class ChipRow(QWidget):
    """A row of chips that wraps. It shows what it is told and reports clicks; it decides nothing.

    Signals
    -------
    clicked : (key) of the chip.
    cleared : the person wants the row empty.
    """

    clicked = Signal(str)
    cleared = Signal()

    def __init__(self, title: str, terms: Sequence[tuple[str, str]], parent: QObject | None = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self.setAccessibleName(title)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        layout = FlowLayout(self)
        self.chips: list[Chip] = []
        for key, text in terms:
            chip = Chip(self, key, text)
            chip.setAccessibleName(f"{title}: {text}")
            chip.clicked.connect(lambda _=False, k=key: self.clicked.emit(k))
            layout.addWidget(chip)
            self.chips.append(chip)
        self._one_tab_stop(self.chips[0])

    def show_chosen(self, keys: Iterable[str]) -> None:
        """Mark these terms."""
        chosen = set(keys)
        for chip in self.chips:
            chip.setChecked(chip.key in chosen)

    def focus_neighbour(self, chip: Chip, step: int) -> None:
        following = self.chips[(self.chips.index(chip) + step) % len(self.chips)]
        self._one_tab_stop(following)
        following.setFocus(Qt.FocusReason.TabFocusReason)

    def _one_tab_stop(self, chip: Chip) -> None:
        for other in self.chips:
            on = other is chip
            other.setFocusPolicy(Qt.FocusPolicy.StrongFocus if on else Qt.FocusPolicy.ClickFocus)
