"""The cheat sheet of keys and gestures, on screen and on paper, and the table in which keys are changed."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workstation.command import Command
from workstation.commands import COMMANDS, Keys, conflicts, rebound, sheet, with_keys
from workstation.theme import role
from workstation.widgets.labels import label, rule
from workstation.words import later, tr

_SPELT = {
    ",": later(",  (comma)"),
    ".": later(".  (full stop)"),
    "Left": later("Left"),
    "Right": later("Right"),
    "Up": later("Up"),
    "Down": later("Down"),
    "Space": later("Space"),
    "Backspace": later("Backspace"),
}
_Group = tuple[str, tuple[tuple[str, str], ...]]
"""Heading, rows of (keys, what they do)."""
COLUMN_WIDTH = 480
"""A column of the sheet with its distance to the next one, about."""


class KeysDialog(QDialog):
    """Signals
    -------
    changed : (Keys) the person's own keys, as they are now.
    """

    changed = Signal(object)

    def __init__(self, own: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard and mouse"))
        self.setAccessibleName(tr("Keyboard and mouse"))
        self.own = dict(own)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 24, 24, 24)
        self._layout.setSpacing(16)
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName(tr("Keys and what they do, scrollable"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._layout.addWidget(self._scroll, 1)
        change, paper, close = (QPushButton(text) for text in (tr("Change keys …"), tr("Print …"), tr("Close")))
        change.clicked.connect(self.change_keys)
        paper.clicked.connect(self.print_sheet)
        close.clicked.connect(self.accept)
        close.setDefault(True)
        role(close, "main")
        buttons = QHBoxLayout()
        for button in (change, paper, close):
            button.setAccessibleName(button.text())
            if button is close:
                buttons.addStretch(1)
            buttons.addWidget(button)
        self._layout.addLayout(buttons)
        self._show()

    def change_keys(self) -> None:
        editor = KeyEditor(self.own, self)
        editor.changed.connect(self._take)
        editor.open()

    def print_sheet(self) -> None:
        """On paper, or into a PDF file by the printer of that name."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # not before it is wanted

        printer = QPrinter()
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        document = QTextDocument(self)
        document.setHtml(sheet_html(self.own))
        dialog.accepted.connect(lambda: document.print_(printer))
        QDialog.open(dialog)

    def _take(self, own: Keys) -> None:
        self.own = dict(own)
        self._show()
        self.changed.emit(self.own)

    def _show(self) -> None:
        inside = QWidget()
        inside.setAccessibleName(tr("Keys and what they do"))
        role(inside, "scrolled")
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, 16, 0)
        columns.setSpacing(40)
        room = self.screen().availableSize()
        for part in _in_columns(sheet(self.own), 3 if room.width() >= 3 * COLUMN_WIDTH else 2):
            column = QVBoxLayout()
            column.setSpacing(6)
            for heading, rows in part:
                column.addWidget(label(heading, "title"))
                column.addWidget(rule())
                column.addLayout(_rows(rows))
                column.addSpacing(8)
            column.addStretch(1)
            columns.addLayout(column)
        self._scroll.setWidget(inside)
        wanted = inside.sizeHint() + QSize(64, 112)
        self.resize(wanted.boundedTo(room - QSize(32, 64)))


class KeyEditor(QDialog):
    """A table of commands; a key is changed by clicking on it and pressing another. A key that is taken is told.

    Signals
    -------
    changed : (Keys)
    """

    changed = Signal(object)

    def __init__(self, own: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change keys"))
        self.setAccessibleName(tr("Change keys"))
        self.resize(560, 640)
        self.own = dict(own)
        self._commands = COMMANDS
        self._table = QTableWidget(len(self._commands), 2)
        self._table.setAccessibleName(tr("Commands and their keys"))
        self._table.setHorizontalHeaderLabels([tr("Command"), tr("Key")])
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.setColumnWidth(1, 190)
        self._edits: list[QKeySequenceEdit] = []
        for row, command in enumerate(self._commands):
            self._add(row, command)
        self._said = label(tr("Click on a key and press another one."), "dim", name=tr("Message"), wrap=True)
        again, close = QPushButton(tr("All as at first")), QPushButton(tr("Close"))
        again.clicked.connect(lambda: self._become({}))
        close.clicked.connect(self.accept)
        role(close, "main")
        buttons = QHBoxLayout()
        for button in (again, close):
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)  # Return is a key that can be given
            buttons.addWidget(button)
        buttons.insertStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._said)
        layout.addLayout(buttons)
        self._show()

    def set_key(self, command: str, key: str) -> bool:
        """Give a command this key alone ("" = none); False where another command has it."""
        tried = rebound(self.own, command, (key,) if key else ())
        taken = conflicts(with_keys(tried))
        if taken:
            names = [c.said for others in taken.values() for c in others if c.id != command]
            self._say(
                tr("{native} is taken by “{names}”. Give that another key first.", native=_native(key), names=names[0]),
                "caution",
            )
            self._show()
            return False
        self._become(tried)
        self._say(tr("Changed; it is kept for the next start."), "dim")
        return True

    def _become(self, own: Keys) -> None:
        self.own = dict(own)
        self._show()
        self.changed.emit(self.own)

    def _add(self, row: int, command: Command) -> None:
        self._table.setItem(row, 0, QTableWidgetItem(f"{tr(command.menu)}: {command.said}"))
        edit = QKeySequenceEdit()
        edit.setMaximumSequenceLength(1)
        edit.setClearButtonEnabled(True)
        edit.setAccessibleName(tr("Key of {command}", command=command.said))
        for part in (*edit.findChildren(QLineEdit), *edit.findChildren(QToolButton)):
            words = tr("No key for {command}") if isinstance(part, QToolButton) else tr("Key of {command}")
            part.setAccessibleName(words.format(command=command.said))
        edit.editingFinished.connect(lambda r=row: self._edited(r))
        self._edits.append(edit)
        self._table.setCellWidget(row, 1, edit)

    def _edited(self, row: int) -> None:
        command, key = self._commands[row], self._edits[row].keySequence().toString()
        if ((key,) if key else ()) != with_keys(self.own)[COMMANDS.index(command)].keys[:1]:
            self.set_key(command.id, key)

    def _show(self) -> None:
        now = {c.id: c for c in with_keys(self.own)}
        for command, edit in zip(self._commands, self._edits, strict=True):
            edit.blockSignals(True)
            edit.setKeySequence(QKeySequence(next(iter(now[command.id].keys), "")))
            edit.blockSignals(False)
            for line in edit.findChildren(QLineEdit):
                line.setPlaceholderText(tr("No key"))

    def _say(self, sentence: str, look: str) -> None:
        role(self._said, look)
        self._said.setText(sentence)


def sheet_html(own: Keys) -> str:
    """The cheat sheet for paper: one page, in two columns."""
    columns = ("".join(map(_group_html, groups)) for groups in _in_columns(sheet(own), 2))
    cells = "".join(f"<td width='50%'>{column}</td>" for column in columns)
    title = f"SonoFuse: {escape(tr('Keyboard and mouse'))}"
    return f"<h2>{title}</h2><table width='100%' cellspacing='8' style='font-size: 8pt'><tr>{cells}</tr></table>"


def _group_html(group: _Group) -> str:
    heading, rows = group
    lines = (f"<tr><td width='42%'><b>{escape(_native(k))}</b></td><td>{escape(what)}</td></tr>" for k, what in rows)
    return f"<h4>{escape(heading)}</h4><table width='100%'>{''.join(lines)}</table>"


def _in_columns(groups: tuple[_Group, ...], n_columns: int) -> list[list[_Group]]:
    """Groups in their order, in columns of about the same height."""
    share = sum(len(rows) + 2 for _, rows in groups) / n_columns
    columns: list[list[_Group]] = [[]]
    filled = 0.0
    for group in groups:
        if columns[-1] and filled + (len(group[1]) + 2) / 2 > share * len(columns) and len(columns) < n_columns:
            columns.append([])
        columns[-1].append(group)
        filled += len(group[1]) + 2
    return columns


def _rows(rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for number, (keys, text) in enumerate(rows):
        grid.addWidget(label(_native(keys)), number, 0)
        grid.addWidget(label(text, "dim"), number, 1)
    return grid


def _native(keys: str) -> str:
    """Key names as this system writes them; gestures stay as they are."""

    def name(key: str) -> str:
        sequence = QKeySequence(key)
        if sequence.toString() != key:
            return key
        if key in _SPELT:
            return tr(_SPELT[key])
        return sequence.toString(QKeySequence.SequenceFormat.NativeText)

    return tr(" or ").join(name(key) for key in keys.split(" or "))
