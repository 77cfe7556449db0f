"""What the reader recommends: chosen apart from the category, with a question where the two are unusual together."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from engine.domain.assessment import Category
from engine.domain.recommendation import Recommendation, disagreement, expected_recommendations
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.words import later, tr

_SHORT = {
    Recommendation.SHORT_INTERVAL: later("short-interval follow-up"),
    Recommendation.ADDITIONAL_IMAGING: later("additional imaging"),
    Recommendation.TREATMENT: later("excision or treatment"),
}


class RecommendationRow(QFrame):
    """Signals
    -------
    chosen : (Recommendation | None); reason_changed : (str)
    """

    chosen = Signal(object)
    reason_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Recommendation"))
        self._category: Category | None = None
        self._recommendation: Recommendation | None = None
        self.button = QPushButton()
        self.button.setToolTip(tr("What to do next; it does not follow from the category by itself"))
        self.button.setAutoDefault(False)
        role(self.button, "choice")
        self._menu = QMenu(self.button)
        self._menu.setAccessibleName(tr("Recommendations"))
        self._menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self._menu)
        self._warning = label("", "note", name=tr("Recommendation and category"), wrap=True)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("Reason for this recommendation"))
        self.reason.setPlaceholderText(tr("Reason"))
        self.reason.textEdited.connect(self.reason_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        heading = label(tr("Next step"), "dim")
        heading.setFixedWidth(72)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(heading)
        row.addWidget(self.button, 1)
        layout.addLayout(row)
        layout.addWidget(self._warning)
        layout.addWidget(self.reason)
        self.show_values(None, None, "")

    @property
    def needs_reason(self) -> bool:
        return bool(disagreement(self._category, self._recommendation)) and not self.reason.text().strip()

    def show_values(self, category: Category | None, recommendation: Recommendation | None, reason: str) -> None:
        """The choice, and the question when it is unusual for the category."""
        self._category, self._recommendation = category, recommendation
        text = recommendation.label if recommendation is not None else tr("not given")
        short = tr(_SHORT[recommendation]) if recommendation in _SHORT else text
        self.button.setText(f"{short} ▾")
        self.button.setAccessibleName(tr("Recommendation: {words}", words=text))
        question = disagreement(category, recommendation)
        self._warning.setText(question)
        self._warning.setVisible(bool(question))
        self.reason.setVisible(bool(question) or bool(reason))
        if self.reason.text() != reason:
            self.reason.setText(reason)

    def _fill(self) -> None:
        self._menu.clear()
        usual = expected_recommendations(self._category) if self._category is not None else ()
        for choice in Recommendation:
            text = choice.label + (tr("   (usual for {category})", category=self._category) if choice in usual else "")
            action = self._menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(choice is self._recommendation)
            action.triggered.connect(lambda _=False, c=choice: self.chosen.emit(c))
        self._menu.addSeparator()
        self._menu.addAction(tr("Not given")).triggered.connect(lambda: self.chosen.emit(None))
