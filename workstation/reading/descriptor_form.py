"""The descriptor form, made from the task's table: one row of chips per field."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.domain.descriptors import Descriptors
from engine.domain.task import Task
from workstation.reading.form_rules import summary, toggled, with_terms
from workstation.reading.what_if import WhatIfTable
from workstation.theme import role
from workstation.widgets.chip_row import ChipRow
from workstation.widgets.labels import label
from workstation.words import tr


class DescriptorForm(QFrame):
    """Shows descriptors and reports what a click makes of them.

    Signals
    -------
    changed : (Descriptors)
    """

    changed = Signal(object)

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Descriptor form"))
        self._task = task
        self._descriptors = Descriptors()
        self.rows: dict[str, ChipRow] = {}
        self._count = label("", "small", name=tr("Descriptors given"))
        self._clear = QPushButton(tr("Clear all"))
        self._clear.setAccessibleName(tr("Clear all descriptors"))
        self._clear.setToolTip(tr("Every field becomes missing; a single term is cleared by clicking it again"))
        self._clear.setAutoDefault(False)
        role(self._clear, "quiet")
        self._clear.clicked.connect(lambda: self._accept(Descriptors(), ""))
        self._note = label("", "caution", name=tr("What the form changed"), wrap=True)
        self._note.hide()
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(label(tr("Descriptors"), "title"))
        heading.addWidget(self._count)
        heading.addStretch(1)
        heading.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(heading)
        self._what_if = label("", "small", name=tr("What the figures beside the terms mean"), wrap=True)
        self._what_if.hide()
        layout.addWidget(self._what_if)
        layout.addLayout(self._grid())
        layout.addWidget(self._note)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for number, field in enumerate(self._task.fields):
            hint = tr(" (several may apply)") if field.several else ""
            row = ChipRow(f"{field.label}{hint}", [(t.name, t.label) for t in field.terms])
            row.clicked.connect(lambda term, f=field.name: self._click(f, term))
            row.cleared.connect(lambda f=field.name: self._clear_field(f))
            title = label(field.label, "dim", wrap=True)
            title.setFixedWidth(88)
            title.setContentsMargins(0, 4, 0, 0)
            title.setToolTip(f"{field.label}{hint}")
            grid.addWidget(title, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(row, number, 1)
            self.rows[field.name] = row
        return grid

    def show_descriptors(self, descriptors: Descriptors) -> None:
        """Another case, or what the model behind the form says."""
        self._descriptors = descriptors
        for name, row in self.rows.items():
            row.show_chosen(descriptors.get(name))
        given = summary(self._task, descriptors)
        self._count.setText(tr("{given} given", given=given) if not descriptors.is_missing else tr("none given"))
        self._clear.setEnabled(not descriptors.is_missing)

    def show_what_if(self, table: WhatIfTable | None, sentence: str = "") -> None:
        """Marks beside the terms: by how many percentage points a click would move the score; None takes them away."""
        for field, row in self.rows.items():
            for chip in row.chips:
                mark = table.mark(field, chip.key) if table is not None else ""
                chip.show_mark(mark)
                chip.setAccessibleDescription(
                    tr("a click changes the probability by {mark} points", mark=mark) if mark.strip(" …") else ""
                )
        self._what_if.setText(sentence)
        self._what_if.setVisible(bool(sentence))

    def forget_note(self) -> None:
        """Another case: the last case's sentence goes."""
        self._note.hide()

    def _click(self, field: str, term: str) -> None:
        change = toggled(self._task, self._descriptors, field, term)
        self._accept(change.descriptors, change.sentence)

    def _clear_field(self, field: str) -> None:
        change = with_terms(self._task, self._descriptors, field, ())
        self._accept(change.descriptors, change.sentence)

    def _accept(self, descriptors: Descriptors, sentence: str) -> None:
        self.show_descriptors(descriptors)
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))
        self.changed.emit(descriptors)
