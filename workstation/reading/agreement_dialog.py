"""Agreement with the AI: how often it changed the reader, who was right, and where pathology is entered."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.domain.agreement import Pathology
from engine.domain.errors import CaseError
from engine.domain.task import Task
from workstation.bridge import Bridge
from workstation.dialogs import Sheet
from workstation.reading.agreement_rows import AgreementPage, stored_page
from workstation.theme import role
from workstation.widgets.labels import label, rule
from workstation.words import later, tr, trn

_COLUMNS = (
    later("Case"),
    later("First reading"),
    later("Saved"),
    later("AI"),
    later("Second reading"),
    later("Pathology"),
)
_MEANING = later(
    "A case counts when a sealed first reading is followed by a second one. Suspicious "
    "is 4A or more; category 0 takes no side. The intervals are Wilson's, 95 %: with few "
    "cases they are wide, and that is what they are for."
)


class AgreementDialog(Sheet):
    """Reads the case database when it opens and after each entry of pathology.

    Parameters
    ----------
    names : what the reader knows the cases of the open folder by; others are named by their id.
    """

    def __init__(self, task: Task, bridge: Bridge, names: Mapping[str, str], parent: QWidget | None) -> None:
        super().__init__(tr("Agreement with AI"), parent)
        self._task, self._bridge, self._names, self._numbers = task, bridge, names, itertools.count()
        self.heading = label(tr("Looking at the readings …"), "title", name=tr("Cases that count"))
        self.content.addWidget(self.heading)
        self.content.addLayout(self._figures())
        self.content.addWidget(label(tr(_MEANING), "small", name=tr("What counts"), wrap=True))
        self.content.addWidget(self._table(), 1)
        self.content.addLayout(self._buttons())
        self.resize(1000, 680)
        self.reload()

    def _figures(self) -> QHBoxLayout:
        self._grids = (QGridLayout(), QGridLayout())
        row = QHBoxLayout()
        row.setSpacing(40)
        for grid in self._grids:
            grid.setHorizontalSpacing(16)
            grid.setVerticalSpacing(6)
            grid.setColumnStretch(1, 1)
            row.addLayout(grid, 1)
        return row

    def _table(self) -> QTableWidget:
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setAccessibleName(tr("Cases with a sealed first reading"))
        self.table.setHorizontalHeaderLabels([tr(column) for column in _COLUMNS])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.itemSelectionChanged.connect(lambda: self.enter.setEnabled(bool(self._chosen())))
        self.table.itemDoubleClicked.connect(lambda _: self._open_menu())
        return self.table

    def _buttons(self) -> QHBoxLayout:
        self.enter = QPushButton(tr("Enter pathology ▾"))
        self.enter.setAccessibleName(tr("Enter pathology of the chosen cases"))
        self.enter.setToolTip(tr("For the chosen cases; an earlier entry stays in the history"))
        self.enter.setAutoDefault(False)
        self.enter.setEnabled(False)
        self.menu = QMenu(self.enter)
        self.menu.setAccessibleName(tr("Pathology"))
        for name in self._task.classes:
            self.menu.addAction(name).triggered.connect(lambda _=False, n=name: self.save_pathology(n))
        self.enter.setMenu(self.menu)
        role(self.enter, "quiet")
        self._trouble = label("", "failure", name=tr("Message"), wrap=True)
        row = QHBoxLayout()
        row.addWidget(self.enter)
        row.addWidget(self._trouble, 1)
        return row

    def reload(self) -> None:
        """Read everything again."""
        task = self._task
        self._bridge.record(
            lambda store: stored_page(store, task), key="agreement", on_result=self._show, on_error=self._tell
        )

    def save_pathology(self, class_name: str) -> None:
        """Enter it for the chosen cases."""
        entries = [Pathology(case_id=c, task=self._task.name, class_name=class_name) for c in self._chosen()]
        self._bridge.record(
            lambda store: [store.save_pathology(entry) for entry in entries],
            key=("pathology", next(self._numbers)),
            on_result=lambda _: self.reload(),
            on_error=self._tell,
        )

    def _chosen(self) -> list[str]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        items = (self.table.item(row, 0) for row in rows)
        return [str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item is not None]

    def _open_menu(self) -> None:
        self.menu.popup(self.enter.mapToGlobal(QPoint(0, self.enter.height())))

    def _show(self, page: AgreementPage) -> None:
        self._trouble.setText("")
        n, cases = page.n_pairs, len(page.rows)
        words = trn(
            "{n} case read twice, of {cases} with a sealed first reading",
            "{n} cases read twice, of {cases} with a sealed first reading",
            n,
            cases=cases,
        )
        self.heading.setText(words if cases else tr("No sealed first reading yet"))
        for grid, (heading, lines) in zip(self._grids, page.groups, strict=True):
            _clear(grid)
            grid.addWidget(label(heading, "section"), 0, 0, 1, 2)
            grid.addWidget(rule(), 1, 0, 1, 2)
            for number, (question, answer) in enumerate(lines, start=2):
                grid.addWidget(label(question, "dim", wrap=True), number, 0)
                grid.addWidget(label(answer, wrap=True), number, 1)
        chosen = set(self._chosen())
        self.table.setRowCount(cases)
        for number, row in enumerate(page.rows):
            texts = (
                self._names.get(row.case_id, row.case_id),
                row.first,
                row.first_at,
                row.ai,
                row.second,
                row.pathology,
            )
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, row.case_id)
                self.table.setItem(number, column, item)
            if row.case_id in chosen:
                self.table.selectRow(number)

    def _tell(self, error: CaseError) -> None:
        self._trouble.setText(error.sentence)


def _clear(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.deleteLater()
