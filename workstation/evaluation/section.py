"""One part of a page of the report: heading, sentence, table and pictures; a part with nothing to say is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workstation.evaluation.report import Report
from workstation.widgets.flow_layout import FlowLayout
from workstation.widgets.labels import label
from workstation.widgets.still_picture import StillPicture
from workstation.widgets.tables import WholeTable, dress, fill, give_room
from workstation.widgets.vertical_scroll import VerticalScroll

DOTS_PER_INCH = 160
"""Of a report's figures."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a section shows of a report.

    Attributes
    ----------
    heads : of the columns; those in `wide` share the room. rows, words : of a report. note : under the table.
    pictures : (name in the report, what it shows).
    """

    title: str
    heads: Sequence[str] = ()
    rows: Callable[[Report], Sequence[Sequence[str]]] = lambda report: ()
    words: Callable[[Report], str] = lambda report: ""
    note: str = ""
    pictures: Sequence[tuple[str, str]] = ()
    wide: Sequence[int] = (0,)


class Section(QWidget):
    """Shows a `Part`."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.setAccessibleName(part.title)
        self.part = part
        self.words = label("", "dim", name=part.title, wrap=True)
        self.table = WholeTable(len(part.heads))
        dress(self.table, part.title, part.heads)
        give_room(self.table, *part.wide)
        self.note = label(part.note, "dim", wrap=True)
        self.pictures = {name: StillPicture(words, DOTS_PER_INCH) for name, words in part.pictures}
        self.held = QWidget()
        self.held.setAccessibleName(part.title)
        flow = FlowLayout(self.held, gap=8)
        for picture in self.pictures.values():
            flow.addWidget(picture)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 16)
        layout.setSpacing(6)
        layout.addWidget(label(part.title, "section"))
        for widget in (self.words, self.table, self.note, self.held):
            layout.addWidget(widget)

    def show_heads(self, heads: Sequence[str]) -> None:
        """Other columns than those of the part."""
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(list(heads))
        give_room(self.table, *self.part.wide)

    def show_report(self, report: Report) -> bool:
        """Show what the report has of it; False where it has nothing."""
        rows, words = self.part.rows(report), self.part.words(report)
        fill(self.table, rows)
        for column in range(self.table.columnCount()):
            self.table.setColumnHidden(column, not any(row[column] for row in rows))
        self.table.fit()
        self.table.setVisible(bool(rows))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.note.setVisible(bool(rows) and bool(self.part.note))
        drawn = [picture.show_file(report.picture(name)) for name, picture in self.pictures.items()]
        self.held.setVisible(any(drawn))
        held = bool(rows or words or any(drawn))
        self.setVisible(held)
        return held


class Sheet(VerticalScroll):
    """A page made of sections that scrolls as a whole."""

    def __init__(self, name: str, parts: Sequence[Part]) -> None:
        inside = QWidget()
        inside.setAccessibleName(name)
        super().__init__(inside)
        self.setAccessibleName(name)
        self.viewport().setAccessibleName(name)
        self.sections = tuple(Section(part) for part in parts)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 8, 8, 8)
        for section in self.sections:
            layout.addWidget(section)
        layout.addStretch(1)

    def show_report(self, report: Report) -> bool:
        """Show what the report has; False where it has nothing of this page."""
        held = [section.show_report(report) for section in self.sections]
        self._fit()
        return any(held)
