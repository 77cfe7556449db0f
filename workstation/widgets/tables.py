"""Tables of words: their looks, and filling them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem


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
