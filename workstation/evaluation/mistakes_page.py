"""The worst mistakes with their pictures; a row opens its case."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidgetItem, QVBoxLayout, QWidget

from workstation.evaluation.mistakes import Mistake, mistakes
from workstation.evaluation.report import Report
from workstation.widgets.labels import label
from workstation.widgets.tables import OpeningTable, dress
from workstation.words import tr

STRIP = QSize(528, 150)
"""Room of a row's pictures."""


class MistakesPage(QWidget):
    """Missed cases and false alarms, the worst first.

    Signals
    -------
    case_wanted : (CaseLine) double-click or Enter. listed : (tuple of CaseLine) their answers are on screen now.
    """

    case_wanted = Signal(object)
    listed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Mistakes"))
        self.rows: tuple[Mistake, ...] = ()
        self._told: tuple[Mistake, ...] = ()
        self.table = _Rows()
        self.table.opened.connect(lambda row: self.case_wanted.emit(self.rows[row].case))
        self.words = label("", "dim", wrap=True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.table, 1)

    def show_report(self, report: Report) -> bool:
        """Show the gallery; False where there is none."""
        self.rows = mistakes(report)
        words = tr(
            "The worst first; double-click or Enter opens the case. Each image stands plain and, where the model has "
            "maps, with its map; a white line is the lesion's outline where it is known. In brackets: the probability "
            "of {question}; pushes are the modalities' shares in log-odds.",
            question=report.table.get("question", ""),
        )
        self.words.setText(words)
        self.table.show_rows(self.rows)
        if self.isVisible():
            self._tell()
        return bool(self.rows)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell()

    def _tell(self) -> None:
        """Whoever sees a mistake knows the answer."""
        if self.rows and self.rows != self._told:
            self._told = self.rows
            self.listed.emit(tuple(row.case for row in self.rows))


class _Rows(OpeningTable):
    def __init__(self) -> None:
        super().__init__(2)
        dress(self, tr("Worst mistakes; Enter opens one"), (tr("As the model saw it"), tr("Case")))
        self.setIconSize(STRIP)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def show_rows(self, rows: tuple[Mistake, ...]) -> None:
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            strip = QTableWidgetItem()
            words = QTableWidgetItem("\n".join(row.words))
            if row.picture is None:
                strip.setText(tr("Its picture is missing."))
            else:
                strip.setIcon(_icon(row.picture, self.devicePixelRatioF()))
            strip.setData(Qt.ItemDataRole.AccessibleTextRole, row.words[0])
            words.setToolTip(words.text())
            self.setItem(number, 0, strip)
            self.setItem(number, 1, words)


def _icon(place: Path, ratio: float) -> QIcon:
    """The same when the row is selected: a tinted picture would be another one."""
    room = STRIP * ratio
    drawn = QPixmap(str(place)).scaled(
        room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    drawn.setDevicePixelRatio(ratio)
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        made.addPixmap(drawn, mode)
    return made
