"""The table of results on screen: a thin Qt model over `ResultTable`, filter line and status choice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.domain.task import Task
from engine.jobs import BatchLine
from workstation.batch.results import CASE, PROBABILITY, REASON, STATUSES, ResultTable, headings
from workstation.theme import colours
from workstation.widgets.labels import label
from workstation.words import tr, trn

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = (184, 80, 176, 96, 220)


class ResultModel(QAbstractTableModel):
    """Shows `table`; its own sorting is the table's."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.table = ResultTable()
        self._headings = headings(task)

    def changed(self) -> None:
        """The table was changed: show it anew."""
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.table.visible)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.table.visible):
            return None
        line = self.table.visible[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.cells(line)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (line.case_id if index.column() == CASE else self.table.cells(line)[REASON]) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == PROBABILITY:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and line.status != "scored":
            return QColor(colours().failure if line.status == "failed" else colours().dim)
        if (
            role == Qt.ItemDataRole.ForegroundRole
            and index.column() in (PROBABILITY, REASON)
            and self.table.is_hidden(line)
        ):
            return QColor(colours().dim)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section] if section < len(self._headings) else None
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.table.sort(None if column < 0 else column, descending=order == Qt.SortOrder.DescendingOrder)
        self.changed()


class _Table(QTableView):
    """Enter opens a case as a double-click does."""

    opened = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class ResultsView(QWidget):
    """Filter, status, count and table, and a line about what is sealed.

    Signals
    -------
    case_wanted : (BatchLine) double-click or Enter on a case; scores_wanted: show what is sealed.
    """

    case_wanted = Signal(object)
    scores_wanted = Signal()

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Results"))
        self.model = ResultModel(task)
        self.words = QLineEdit()
        self.words.setPlaceholderText(tr("Filter: case, file, answer or reason"))
        self.words.setAccessibleName(tr("Filter the results"))
        self.words.setClearButtonEnabled(True)
        self.status = QComboBox()
        self.status.setAccessibleName(tr("Show results of this status"))
        self.status.addItem(tr("All"), "")
        for status in STATUSES:
            self.status.addItem(tr(status).capitalize(), status)
        self._count = label("", "dim", name=tr("Counts"))
        self._sealed_words = label("", "dim", name=tr("What is sealed"), wrap=True)
        self.show_scores = QPushButton(tr("Show scores"))
        self.show_scores.setAccessibleName(tr("Show scores"))
        self.show_scores.setToolTip(
            tr("It is recorded that you saw them: these cases can have no sealed first reading")
        )
        self.show_scores.setAutoDefault(False)
        self.show_scores.clicked.connect(self.scores_wanted)
        self._sealed = QWidget()
        self._sealed.setAccessibleName(tr("Sealed scores"))
        self.view = self._make_view()
        self._lay_out()
        self.words.textChanged.connect(lambda _: self._filter())
        self.status.currentIndexChanged.connect(lambda _: self._filter())
        self.view.doubleClicked.connect(lambda index: self._open(index.row()))
        self.view.opened.connect(self._open)

    def _make_view(self) -> _Table:
        view = _Table()
        view.setAccessibleName(tr("Results table; Enter opens the case"))
        view.setModel(self.model)
        view.setSortingEnabled(True)
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setTabKeyNavigation(False)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(32)
        head = view.horizontalHeader()
        head.setAccessibleName(tr("Columns; a click sorts"))
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        for column, width in enumerate(_WIDTHS):
            view.setColumnWidth(column, width)
        head.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(72)
        return view

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(8)
        above.addWidget(self.words, 1)
        above.addWidget(self.status)
        line = QHBoxLayout(self._sealed)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._sealed_words, 1)
        line.addWidget(self.show_scores)
        self._sealed.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(above)
        layout.addWidget(self._sealed)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._count)

    def clear(self) -> None:
        self.model.table.clear()
        self._show()

    def add(self, lines: list[tuple[int, BatchLine]]) -> None:
        self.model.table.add(lines)
        self._show()

    def replace(self, lines: tuple[BatchLine, ...]) -> None:
        self.model.table.replace(lines)
        self._show()

    def seal(self, is_sealed: Callable[[str], bool]) -> None:
        """Hide the answers of the cases (by id) for which this is true."""
        self.model.table.seal(is_sealed)
        self._show()

    def _filter(self) -> None:
        self.model.table.filter(self.words.text(), self.status.currentData())
        self._show()

    def _show(self) -> None:
        self.model.changed()
        self._count.setText(self.model.table.summary())
        n = len(self.model.table.hidden)
        self._sealed.setVisible(n > 0)
        self._sealed_words.setText(
            trn(
                "{n} score is sealed until you have read the case. "
                "Showing it now is recorded: the AI was seen first there.",
                "{n} scores are sealed until you have read the cases. "
                "Showing them now is recorded: the AI was seen first there.",
                n,
            )
        )

    def _open(self, row: int) -> None:
        line = self.model.table.visible[row]
        if line.case_id:
            self.case_wanted.emit(line)
