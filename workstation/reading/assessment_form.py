"""The reader's own assessment: category, comment, saving."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from engine.domain.assessment import Category
from workstation.reading.draft import Draft
from workstation.theme import role
from workstation.widgets.chip_row import ChipRow
from workstation.widgets.labels import ElidedLabel, label


class AssessmentForm(QFrame):
    """Category chips, a comment, and the two ways to save.

    Signals
    -------
    category_changed : (Category | None)
    comment_changed : (str)
    save, save_and_next : a button was pressed.
    """

    category_changed = Signal(object)
    comment_changed = Signal(str)
    save = Signal()
    save_and_next = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Assessment")
        self._category: Category | None = None
        self.chips = ChipRow("BI-RADS category", [(c.value, c.value) for c in Category])
        for chip, category in zip(self.chips.chips, Category, strict=True):
            chip.setProperty("strong", True)
            chip.setToolTip(f"{category.value}: {category.label}  (key {category.value[0]})")
            chip.setAccessibleName(f"BI-RADS category {category.value}: {category.label}")
        self.chips.clicked.connect(self._click)
        self.chips.cleared.connect(lambda: self._set(None))
        self._meaning = ElidedLabel("", "small")
        self._meaning.setAccessibleName("Meaning of the category")
        self.comment = QPlainTextEdit()
        self.comment.setAccessibleName("Comment")
        self.comment.setPlaceholderText("Comment")
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(48)
        self.comment.textChanged.connect(lambda: self.comment_changed.emit(self.comment.toPlainText()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label("BI-RADS category", "title"))
        layout.addWidget(self.chips)
        layout.addWidget(self._meaning)
        layout.addWidget(self.comment)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self._saved = label("", "small", name="Saved")
        self.save_button = QPushButton("Save")
        self.save_button.setToolTip("Save this reading (Ctrl+S)")
        self.next_button = QPushButton("Save and next")
        self.next_button.setToolTip("Save this reading and go to the next case (Ctrl+Return)")
        role(self.next_button, "main")
        self.save_button.clicked.connect(self.save)
        self.next_button.clicked.connect(self.save_and_next)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._saved, 1)
        for button in (self.save_button, self.next_button):
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)
            row.addWidget(button)
        return row

    def show_draft(self, draft: Draft) -> None:
        self._show_category(draft.category)
        if self.comment.toPlainText() != draft.comment:
            self.comment.blockSignals(True)
            self.comment.setPlainText(draft.comment)
            self.comment.blockSignals(False)

    def show_saved(self, words: str, *, can_save: bool, is_last: bool) -> None:
        """When it was saved, and whether there is something to save."""
        self._saved.setText(words)
        self.save_button.setEnabled(can_save)
        text = "Save" if is_last else "Save and next" if can_save else "Next case"
        self.next_button.setText(text)
        self.next_button.setAccessibleName(text)
        self.next_button.setEnabled(can_save or not is_last)
        self.save_button.setVisible(not is_last)

    def _click(self, value: str) -> None:
        self._set(None if self._category == Category(value) else Category(value))

    def _set(self, category: Category | None) -> None:
        self._show_category(category)
        self.category_changed.emit(category)

    def _show_category(self, category: Category | None) -> None:
        self._category = category
        self.chips.show_chosen([category.value] if category is not None else [])
        self._meaning.setText(category.label if category is not None else "not given yet")
