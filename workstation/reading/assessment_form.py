"""The reader's own assessment: category, comment, saving."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from engine.domain.assessment import Category, Stage
from workstation.reading.case_state import CaseState
from workstation.reading.draft import Draft
from workstation.reading.place_form import PlaceForm
from workstation.reading.recommendation_row import RecommendationRow
from workstation.reading.saved_words import history_words, save_text, saved_words
from workstation.theme import role
from workstation.widgets.chip_row import ChipRow
from workstation.widgets.labels import ElidedLabel, label
from workstation.words import later, tr

SEAL_HINT = later("Save your own category for good; the AI's answer is shown after that (Ctrl+Return)")


class AssessmentForm(QFrame):
    """Category chips, a comment, and the two ways to save.

    Signals
    -------
    category_changed : (Category | None)
    comment_changed : (str)
    edited : (dict) further fields of `Draft` with their new values.
    save, save_and_next : a button was pressed; left: the button with the focus can no longer be pressed.
    """

    category_changed = Signal(object)
    comment_changed = Signal(str)
    edited = Signal(object)  # a dict signal would turn enums into texts
    save = Signal()
    save_and_next = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Assessment"))
        self._category: Category | None = None
        self.chips = ChipRow(tr("BI-RADS category"), [(c.value, c.value) for c in Category])
        for chip, category in zip(self.chips.chips, Category, strict=True):
            chip.setProperty("strong", True)
            chip.setToolTip(
                tr(
                    "{value}: {label}  (key {value_2})",
                    value=category.value,
                    label=category.label,
                    value_2=category.value[0],
                )
            )
            chip.setAccessibleName(tr("BI-RADS category {value}: {label}", value=category.value, label=category.label))
        self.chips.clicked.connect(self._click)
        self.chips.cleared.connect(lambda: self._set(None))
        self._meaning = ElidedLabel("", "small")
        self._meaning.setAccessibleName(tr("Meaning of the category"))
        self.comment = QPlainTextEdit()
        self.comment.setAccessibleName(tr("Comment"))
        self.comment.setPlaceholderText(tr("Comment"))
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(44)
        self.comment.textChanged.connect(lambda: self.comment_changed.emit(self.comment.toPlainText()))
        self.recommendation = RecommendationRow()
        self.recommendation.chosen.connect(lambda choice: self.edited.emit({"recommendation": choice}))
        self.recommendation.reason_changed.connect(lambda text: self.edited.emit({"reason": text}))
        self.place = PlaceForm()
        self.place.edited.connect(self.edited)
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(label(tr("BI-RADS category"), "title"))
        heading.addWidget(self._meaning, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.place)
        layout.addLayout(heading)
        layout.addWidget(self.chips)
        layout.addWidget(self.recommendation)
        layout.addWidget(self.comment)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self._saved = ElidedLabel("", "small")
        self._saved.setAccessibleName(tr("Saved"))
        self.save_button = QPushButton(tr("Save"))
        self.save_button.setToolTip(tr("Save this reading (Ctrl+S)"))
        self.next_button = QPushButton(tr("Save and next"))
        self.next_button.setToolTip(tr("Save this reading and go to the next case (Ctrl+Return)"))
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
        self.recommendation.show_values(draft.category, draft.recommendation, draft.reason)
        self.place.show_draft(draft)
        if self.comment.toPlainText() != draft.comment:
            self.comment.blockSignals(True)
            self.comment.setPlainText(draft.comment)
            self.comment.blockSignals(False)

    def show_state(self, state: CaseState, *, is_last: bool) -> None:
        """When it was saved, whether there is something to save, and what saving means now."""
        words, sealing = saved_words(state), state.stage is Stage.FIRST and (state.has_changes or state.saved is None)
        self._saved.setText(words)
        self._saved.setToolTip(history_words(state) or words)
        text = save_text(state, is_last=is_last)
        self.next_button.setText(text)
        self.next_button.setAccessibleName(text)
        self.next_button.setToolTip(
            tr(SEAL_HINT) if sealing else tr("Save this reading and go to the next case (Ctrl+Return)")
        )
        had_focus = self.save_button.hasFocus() or self.next_button.hasFocus()
        self.next_button.setEnabled(state.can_save or not (is_last or sealing))
        self.save_button.setEnabled(state.can_save)
        self.save_button.setVisible(not is_last and not sealing)
        if had_focus and not (self.save_button.hasFocus() or self.next_button.hasFocus()):
            self.left.emit()  # Qt would give the keyboard to whatever comes next

    def show_incomplete(self, sentence: str) -> None:
        """What keeps the reading from being saved: beside the field that is meant, which gets the focus."""
        if self.recommendation.needs_reason:
            self.recommendation.reason.setFocus()
        else:
            self.place.show_problem(sentence)

    def _click(self, value: str) -> None:
        self._set(None if self._category == Category(value) else Category(value))

    def _set(self, category: Category | None) -> None:
        self._show_category(category)
        self.category_changed.emit(category)

    def _show_category(self, category: Category | None) -> None:
        self._category = category
        self.chips.show_chosen([category.value] if category is not None else [])
        self._meaning.setText(category.label if category is not None else tr("not given yet"))
