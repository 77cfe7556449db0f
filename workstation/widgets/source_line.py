"""A line for a source of labelled cases, with a button that offers folders and manifests."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from workstation.theme import role
from workstation.words import tr


class SourceLine(QWidget):
    """Parameters: `words` name it for a screen reader, `hint` stands where nothing is entered.

    Signals
    -------
    changed : the text is another one.
    """

    changed = Signal()

    def __init__(self, words: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setAccessibleName(tr("{words} and a button to choose", words=words))
        self.line = QLineEdit()
        self.line.setAccessibleName(words)
        self.line.setPlaceholderText(hint)
        self.line.textChanged.connect(lambda _: self.changed.emit())
        self.button = QPushButton(tr("Choose ▾"))
        self.button.setAccessibleName(tr("Choose: {words}", words=words))
        self.button.setAutoDefault(False)
        role(self.button, "choice")
        menu = QMenu(self.button)
        menu.setAccessibleName(words)
        menu.addAction(tr("A folder …"), self._choose_folder)
        menu.addAction(tr("A manifest …"), self._choose_manifest)
        self.button.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        return self.line.text()

    def setText(self, text: str) -> None:
        self.line.setText(text)

    def _choose_folder(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, self._words, self.text()))

    def _choose_manifest(self) -> None:
        self._take(QFileDialog.getOpenFileName(self, self._words, self.text(), tr("Manifest (*.csv)"))[0])

    def _take(self, chosen: str) -> None:
        if chosen:
            self.setText(chosen)
