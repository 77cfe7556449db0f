"""The confusion matrix as buttons: a click lists the cases of a cell."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from workstation.evaluation.report import Report
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.words import tr


class ConfusionGrid(QWidget):
    """Truth downwards, what was called across.

    Signals
    -------
    chosen : (truth, called) a cell was clicked.
    """

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Confusion matrix"))
        self.cells: dict[tuple[str, str], QPushButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)

    def show_report(self, report: Report) -> None:
        """Fill it anew."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.cells.clear()
        self._grid.addWidget(label(tr("Truth ↓   called →"), "dim"), 0, 0)
        for column, called in enumerate(report.classes, start=1):
            self._grid.addWidget(label(called, "dim"), 0, column, Qt.AlignmentFlag.AlignCenter)
        for row, (truth, counts) in enumerate(zip(report.classes, report.confusion(), strict=False), start=1):
            self._grid.addWidget(label(truth, "dim"), row, 0)
            for column, (called, count) in enumerate(zip(report.classes, counts, strict=False), start=1):
                self._grid.addWidget(self._cell(truth, called, count), row, column)

    def _cell(self, truth: str, called: str, count: int) -> QPushButton:
        button = QPushButton(str(count))
        words = tr("{count} cases: {truth}, called {called}", count=count, truth=truth, called=called)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setMinimumSize(72, 48)
        button.setEnabled(count > 0)
        if truth != called:
            role(button, "mistake")
        button.clicked.connect(lambda: self._choose(truth, called))
        self.cells[truth, called] = button
        return button

    def _choose(self, truth: str, called: str) -> None:
        for cell, button in self.cells.items():
            button.setChecked(cell == (truth, called))
        self.chosen.emit(truth, called)
