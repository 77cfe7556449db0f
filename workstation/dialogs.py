"""Small windows: files that were not opened, about, and the question about unsaved readings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
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
from workstation.icons import icon
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.words import later, tr, trn

RESEARCH_USE = later("Research use, not a medical device")


class Sheet(QDialog):
    """A dialog with a title, content and a close button."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        self.close_button = close = QPushButton(tr("Close"))
        close.setAccessibleName(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        role(close, "main")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addLayout(self.content, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def refusals_dialog(folder: StudyFolder, parent: QWidget) -> QDialog:
    """Every file that was not opened, and why."""
    n = len(folder.refusals)
    words = tr("No file was left out") if n == 0 else trn("{n} file was not opened", "{n} files were not opened", n)
    dialog = Sheet(words, parent)
    dialog.content.addWidget(label(words, "title"))
    table = QTableWidget(n, 2)
    table.setAccessibleName(tr("Files that were not opened"))
    table.setHorizontalHeaderLabels([tr("File"), tr("Why")])
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
    dialog = Sheet(tr("About SonoFuse"), parent)
    picture = QLabel()
    picture.setPixmap(icon("sonofuse").pixmap(64, 64))
    picture.setAccessibleName("SonoFuse")
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(label(f"SonoFuse {version}", "welcome"))
    words.addWidget(label(tr(RESEARCH_USE), "research"))
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addWidget(picture)
    row.addLayout(words, 1)
    dialog.content.addLayout(row)
    text = label(
        tr(
            "Reads multimodal ultrasound: B-mode, Doppler and the reader's own descriptors are "
            "weighed by one model. The evidence map shows where the model's answer comes from, "
            "not where a lesion is. Readings stay on this computer; nothing is sent anywhere."
        ),
        "dim",
        wrap=True,
    )
    text.setMinimumWidth(440)
    dialog.content.addWidget(text)
    dialog.content.addWidget(label(tr("Licence: Apache-2.0. Qt and PySide6 are used under the LGPL-3."), "small"))
    return dialog


def unsaved_question(n: int, parent: QWidget) -> QMessageBox:
    """Save, discard or stay; the caller looks at the clicked button's role."""
    words = trn("{n} case has changes that are not saved.", "{n} cases have changes that are not saved.", n)
    return _question(tr("Unsaved readings"), words, tr("Save"), parent)


def not_kept_question(n: int, why: str, parent: QWidget) -> QMessageBox:
    """As `unsaved_question`, where the disk does not take what is typed and drawn; `why` is what it said."""
    words = trn(
        "What you entered for {n} case is not stored yet.", "What you entered for {n} cases is not stored yet.", n
    )
    box = _question(tr("Not stored"), words, tr("Try again"), parent)
    box.setInformativeText(why or tr("The disk has not answered yet."))
    return box


def confirmation(title: str, words: str, verb: str, then: Callable[[], None], parent: QWidget) -> QMessageBox:
    """Ask before `then` is done by a click on `verb`; closing the box or Cancel does nothing."""
    box = QMessageBox(QMessageBox.Icon.Question, title, words, parent=parent)
    box.setAccessibleName(title)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
    role(yes, "plain")
    box.setDefaultButton(box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole))
    box.buttonClicked.connect(lambda button: then() if button is yes else None)
    return box


def _question(title: str, words: str, go_on: str, parent: QWidget) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setAccessibleName(title)
    box.setText(words)
    save = box.addButton(go_on, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    return box
