"""Small windows: keyboard sheet, files that were not opened, about, and the question about unsaved readings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.domain.case import StudyFolder
from workstation.commands import sheet
from workstation.icons import icon
from workstation.theme import role
from workstation.widgets.labels import label, rule

_SPELT = {",": ",  (comma)", ".": ".  (full stop)"}
RESEARCH_USE = "Research use, not a medical device"


class _Dialog(QDialog):
    """A dialog with a title, content and a close button."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        close = QPushButton("Close")
        close.setAccessibleName("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        role(close, "main")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addLayout(self.content, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def keys_dialog(parent: QWidget) -> QDialog:
    """The cheat sheet."""
    dialog = _Dialog("Keyboard and mouse", parent)
    columns = QHBoxLayout()
    columns.setSpacing(48)
    groups = sheet()
    for part in (groups[:2], groups[2:]):
        column = QVBoxLayout()
        column.setSpacing(8)
        for heading, rows in part:
            column.addWidget(label(heading, "title"))
            column.addWidget(rule())
            column.addLayout(_rows(rows))
            column.addSpacing(8)
        column.addStretch(1)
        columns.addLayout(column)
    dialog.content.addLayout(columns)
    return dialog


def _rows(rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
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
        return _SPELT.get(key) or sequence.toString(QKeySequence.SequenceFormat.NativeText)

    return " or ".join(name(key) for key in keys.split(" or "))


def refusals_dialog(folder: StudyFolder, parent: QWidget) -> QDialog:
    """Every file that was not opened, and why."""
    n = len(folder.refusals)
    words = "No file was left out" if n == 0 else f"{n} file{'s were' if n > 1 else ' was'} not opened"
    dialog = _Dialog(words, parent)
    dialog.content.addWidget(label(words, "title"))
    table = QTableWidget(n, 2)
    table.setAccessibleName("Files that were not opened")
    table.setHorizontalHeaderLabels(["File", "Why"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(True)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    for row, refusal in enumerate(folder.refusals):
        table.setItem(row, 0, QTableWidgetItem(_below(refusal.path, folder.path)))
        table.setItem(row, 1, QTableWidgetItem(refusal.sentence))
    table.setColumnWidth(0, 280)
    if n:
        dialog.content.addWidget(table, 1)
        dialog.resize(960, min(200 + 48 * n, 640))
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return dialog


def _below(path: str, folder: str) -> str:
    try:
        return str(Path(path).relative_to(folder))
    except ValueError:
        return path


def about_dialog(version: str, parent: QWidget) -> QDialog:
    """What this is."""
    dialog = _Dialog("About SonoFuse", parent)
    picture = QLabel()
    picture.setPixmap(icon("sonofuse").pixmap(64, 64))
    picture.setAccessibleName("SonoFuse")
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(label(f"SonoFuse {version}", "welcome"))
    words.addWidget(label(RESEARCH_USE, "research"))
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addWidget(picture)
    row.addLayout(words, 1)
    dialog.content.addLayout(row)
    text = label(
        "Reads multimodal ultrasound: B-mode, Doppler and the reader's own descriptors are weighed by one model. "
        "The evidence map shows where the model's answer comes from, not where a lesion is. "
        "Readings stay on this computer; nothing is sent anywhere.",
        "dim",
        wrap=True,
    )
    text.setMinimumWidth(440)
    dialog.content.addWidget(text)
    dialog.content.addWidget(label("Licence: Apache-2.0. Qt and PySide6 are used under the LGPL-3.", "small"))
    return dialog


def unsaved_question(n: int, parent: QWidget) -> QMessageBox:
    """Save, discard or stay; the caller looks at the clicked button's role."""
    box = QMessageBox(parent)
    box.setWindowTitle("Unsaved readings")
    box.setAccessibleName("Unsaved readings")
    box.setText(f"{n} case{'s have' if n > 1 else ' has'} changes that are not saved.")
    save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    return box
