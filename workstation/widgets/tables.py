"""Tables of words: their looks, and filling them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)


def dress(table: QTableWidget, words: str, names: Sequence[str]) -> None:
    """Give a table of words its looks, its name for screen readers and its headings."""
    table.setAccessibleName(words)
    table.setHorizontalHeaderLabels(list(names))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setHighlightSections(False)


class OpeningTable(QTableWidget):
    """A table whose rows are opened.

    Signals
    -------
    opened : (row) double-click or Enter.
    """

    opened = Signal(int)

    def __init__(self, columns: int) -> None:
        super().__init__(0, columns)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.opened.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


class _Wrapped(QStyledItemDelegate):
    """Rows as high as their wrapped words; Qt's own reckoning forgets what the style sheet leaves around them."""

    AROUND = QSize(24, 12)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        usual, table = super().sizeHint(option, index), self.parent()
        if not isinstance(table, QTableWidget):
            return usual
        header = table.horizontalHeader()
        if header.sectionResizeMode(index.column()) is not QHeaderView.ResizeMode.Stretch:
            return usual
        room = QRect(0, 0, max(header.sectionSize(index.column()) - self.AROUND.width(), 1), 10_000)
        words = QFontMetrics(table.font()).boundingRect(room, Qt.TextFlag.TextWordWrap, str(index.data() or ""))
        return QSize(usual.width(), max(words.height() + self.AROUND.height(), usual.height()))


class WrappedTable(QTableWidget):
    """A table whose rows stay as high as their wrapped words when a column grows or shrinks."""

    def __init__(self, columns: int) -> None:
        super().__init__(0, columns)
        self.horizontalHeader().sectionResized.connect(lambda *_: self.resizeRowsToContents())
        self.setItemDelegate(_Wrapped(self))


class WholeTable(WrappedTable):
    """A table that is as high as all its rows, for a page that scrolls as a whole."""

    def __init__(self, columns: int) -> None:
        super().__init__(columns)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().sectionResized.connect(lambda *_: self.fit())
        self.horizontalHeader().geometriesChanged.connect(self.fit)

    def fit(self) -> None:
        """Take the height of what stands in it."""
        around = 2 * self.frameWidth() + 2
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + self.verticalHeader().length() + around)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls


def give_room(table: QTableWidget, *columns: int) -> None:
    """The room goes to these columns, whose sentences wrap; the others are as wide as what stands in them."""
    for column in range(table.columnCount()):
        if column not in columns:
            table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)


def fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Put these cells into it."""
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(number, column, item)
