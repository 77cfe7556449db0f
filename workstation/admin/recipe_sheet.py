"""A recipe as it is written down, to be read."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from workstation.dialogs import Sheet
from workstation.widgets.labels import label
from workstation.words import tr


def recipe_sheet(title: str, toml: str, parent: QWidget) -> Sheet:
    """Every value of it, those that nobody set included."""
    sheet = Sheet(tr("Recipe"), parent)
    sheet.content.addWidget(label(title, "title", wrap=True))
    sheet.content.addWidget(
        label(tr("Every value that the training uses. From the command line the same file trains alike."), "dim")
    )
    text = QPlainTextEdit(toml)
    text.setReadOnly(True)
    text.setAccessibleName(tr("Text of the recipe"))
    text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    sheet.content.addWidget(text, 1)
    sheet.resize(760, 560)
    return sheet
