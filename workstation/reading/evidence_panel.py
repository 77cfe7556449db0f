"""The AI panel: probability with its doubt, what it rests on, and which model said so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.domain.task import Task
from engine.jobs import ModelChoice
from workstation.reading.evidence import Evidence
from workstation.reading.evidence_words import percent, signed
from workstation.theme import role
from workstation.widgets.labels import ElidedLabel, label
from workstation.widgets.scales import ContributionBar, ProbabilityScale
from workstation.words import tr

LEAST_HEIGHT = 224
"""Room for an ordinary answer, so that the images above do not change their size from case to case."""

SEALED_HEIGHT = 80
LINE_IN_MENU = 90
"""Letters of what a model was trained on that the menu shows; the whole is in the tooltip."""
QWIDGETSIZE_MAX = 16777215


class EvidencePanel(QFrame):
    """Shows an `Evidence`.

    Signals
    -------
    again : the person wants a failed score to be tried again.
    what_if_toggled : (bool) the change by every other term is wanted.
    models_wanted : the menu of models was opened; model_chosen : (name | None) None is automatic.
    """

    again = Signal()
    what_if_toggled = Signal(bool)
    models_wanted = Signal()
    model_chosen = Signal(object)

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "panel")
        self.setAccessibleName(tr("Model's answer"))
        self.setMinimumHeight(LEAST_HEIGHT)
        self._task = task
        self._mark = label(tr("simulated images"), "mark", name=tr("Origin of the images"))
        self._mark.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._model = ElidedLabel("", "small")
        self._model.setAccessibleName(tr("Model"))
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(label(tr("AI"), "title"))
        heading.addWidget(self._mark)
        heading.addWidget(self._model, 1)
        heading.addWidget(self._what_if_button())
        heading.addWidget(self._model_button())
        self._stack = QStackedWidget()
        self._stack.setAccessibleName(tr("Model's answer or why there is none"))
        self._stack.addWidget(self._sentence_page())
        self._stack.addWidget(self._result_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 12)
        layout.setSpacing(4)
        layout.addLayout(heading)
        layout.addWidget(self._stack, 1)

    def _what_if_button(self) -> QPushButton:
        self.what_if = QPushButton(tr("What if"))
        self.what_if.setCheckable(True)
        self.what_if.setAccessibleName(tr("What if"))
        self.what_if.setToolTip(tr("Beside every descriptor: how the probability would change with it (W)"))
        self.what_if.setAutoDefault(False)
        role(self.what_if, "quiet")
        self.what_if.toggled.connect(self.what_if_toggled)
        self.what_if.setVisible(False)
        return self.what_if

    def _model_button(self) -> QPushButton:
        button = QPushButton(tr("Model ▾"))
        button.setAccessibleName(tr("Choose the model"))
        button.setToolTip(tr("Which model scores; automatic takes the installed one that fits the images"))
        button.setAutoDefault(False)
        role(button, "quiet")
        self._listed = False
        self._menu = QMenu(button)
        self._menu.setToolTipsVisible(True)
        self._menu.setAccessibleName(tr("Models"))
        self._menu.aboutToShow.connect(self.models_wanted)
        self._menu.addAction(tr("Looking for models …")).setEnabled(False)
        button.setMenu(self._menu)
        return button

    def show_models(self, models: Sequence[ModelChoice], chosen: str | None) -> None:
        """Fill the menu: automatic, then every model for this task with what it was trained on."""
        self._menu.clear()
        self._add_model(None, tr("Automatic"), tr("The installed model that fits the images best"), chosen)
        fitting = [m for m in models if m.task == self._task.name]
        for model in fitting:
            self._add_model(model.name, model.name, trained_words(model), chosen)
        if not fitting:
            self._menu.addAction(tr("No model for this task is installed")).setEnabled(False)

    def _add_model(self, name: str | None, title: str, line: str, chosen: str | None) -> None:
        short = line if len(line) <= LINE_IN_MENU else f"{line[: LINE_IN_MENU - 1].rstrip()}…"
        action = self._menu.addAction(f"{title}\t{short}".replace("&", "&&"))  # after a tab: the menu's second column
        action.setToolTip(line)
        action.setCheckable(True)
        action.setChecked(name == chosen)
        action.triggered.connect(lambda _=False, n=name: self.model_chosen.emit(n))

    def _sentence_page(self) -> QWidget:
        page = QWidget()
        page.setAccessibleName(tr("Message about the score"))
        self._sentence = label("", "dim", name=tr("Message"), wrap=True)
        self._again = QPushButton(tr("Score again"))
        self._again.setAccessibleName(tr("Score again"))
        self._again.setAutoDefault(False)
        self._again.clicked.connect(self.again)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sentence)
        layout.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        return page

    def _result_page(self) -> QWidget:
        page = QWidget()
        page.setAccessibleName(tr("Score"))
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(self._figures(), 1)
        columns.addLayout(self._parts(), 1)
        self._cautions = label("", "small", name=tr("What this model is not for"), wrap=True)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(columns, 1)
        layout.addWidget(self._cautions)
        return page

    def _figures(self) -> QVBoxLayout:
        self._figure = label("", "figure", name=tr("Probability"))
        self._of_what = label("", "dim")
        self._verdict = label("", wrap=True, name=tr("Predicted class"))
        self._scale = ProbabilityScale()
        self._classes = label("", "dim", name=tr("Probability of each class"), wrap=True)
        self._span = label("", "small", name=tr("Range of the probability"), wrap=True)
        self._set = label("", "small", name=tr("Classes that are not ruled out"), wrap=True)
        self._notes = label("", "note", name=tr("Notes on the score"), wrap=True)
        figure = QHBoxLayout()
        figure.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._of_what)
        words.addWidget(self._verdict)
        words.addStretch(1)
        figure.addWidget(self._figure)
        figure.addLayout(words, 1)
        column = QVBoxLayout()
        column.setSpacing(4)
        for item in (self._scale, self._classes, self._span, self._set):
            if item is self._scale:
                column.addLayout(figure)
            column.addWidget(item)
        column.addWidget(self._notes)
        column.addStretch(1)
        return column

    def _parts(self) -> QVBoxLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(3, 1)
        self._used: dict[str, QLabel] = {}
        self._bars: dict[str, ContributionBar] = {}
        self._values: dict[str, QLabel] = {}
        self._weights: dict[str, QLabel] = {}
        for row, modality in enumerate(self._task.modalities):
            name = self._task.modality_label(modality)
            self._used[name] = label("", "small", name=tr("{name}: use", name=name))
            self._weights[name] = label("", "small", name=tr("{name}: weight", name=name))
            self._bars[name] = ContributionBar(name)
            self._values[name] = label("", "small", name=tr("{name}: contribution in log-odds", name=name))
            self._values[name].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._values[name].setMinimumWidth(40)
            grid.addWidget(label(name), row, 0)
            grid.addWidget(self._used[name], row, 1)
            grid.addWidget(self._weights[name], row, 2)
            grid.addWidget(self._bars[name], row, 3)
            grid.addWidget(self._values[name], row, 4)
        self._legend = label("", "small", name=tr("What the bars mean"), wrap=True)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(label(tr("What it rests on"), "section"))
        column.addLayout(grid)
        column.addWidget(self._legend)
        column.addStretch(1)
        return column

    def show_evidence(self, evidence: Evidence) -> None:
        """Show all of it; nothing of the case before stays."""
        self._mark.setVisible(evidence.simulated)
        self.what_if.setVisible(evidence.state == "result" and evidence.takes_descriptors)
        is_sealed = evidence.state == "sealed"  # the pictures take the room
        self.setMinimumHeight(SEALED_HEIGHT if is_sealed else LEAST_HEIGHT)
        self.setMaximumHeight(SEALED_HEIGHT if is_sealed else QWIDGETSIZE_MAX)
        self._model.setText(evidence.model + (tr(", scoring again …") if evidence.outdated else ""))
        if evidence.state != "result":
            self._sentence.setText(evidence.sentence)
            failed = "failure" if evidence.can_try_again else "caution"
            role(self._sentence, failed if evidence.state == "problem" else "dim")
            self._again.setVisible(evidence.can_try_again)
            self._stack.setCurrentIndex(0)
            return
        self._figure.setText(evidence.figure)
        self._of_what.setText(evidence.of_what)
        self._verdict.setText(evidence.verdict)
        self._scale.show_values(evidence.probability, evidence.threshold, evidence.span)
        self._classes.setText("   ".join(f"{name} {percent(p)}" for name, p in evidence.classes))
        self._classes.setVisible(bool(evidence.classes))
        self._span.setText(evidence.span_words)
        self._set.setText(evidence.set_words)
        self._set.setToolTip(evidence.set_help)
        self._set.setVisible(bool(evidence.set_words))
        for widget in (self._span, self._scale):
            widget.setToolTip(evidence.span_help)
        self._show_parts(evidence)
        self._notes.setText(" ".join(evidence.notes))
        self._notes.setVisible(bool(evidence.notes))
        self._cautions.setText(evidence.cautions)
        self._cautions.setToolTip(evidence.cautions_help)
        self._cautions.setVisible(bool(evidence.cautions))
        if not self._listed:
            self._listed = True  # so that the menu is there when it is opened
            self.models_wanted.emit()
        self._stack.setCurrentIndex(1)

    def _show_parts(self, evidence: Evidence) -> None:
        known = [abs(p.contribution) for p in evidence.parts if p.contribution is not None]
        limit = max([2.0, *known])
        for part in evidence.parts:
            self._used[part.label].setText(part.used)
            role(self._used[part.label], "small" if part.present else "caution")
            self._bars[part.label].show_value(part.contribution, limit)
            value = part.contribution
            self._values[part.label].setText("" if value is None else signed(value))
            self._weights[part.label].setText(part.weight)
            self._weights[part.label].setVisible(bool(part.weight))
        self._legend.setText(evidence.legend)
        self._legend.setToolTip(evidence.legend_help)


def trained_words(model: ModelChoice) -> str:
    """One line on a model: what it was trained on."""
    known = "simulated" in model.trained_on
    mark = tr("simulated images only") if model.simulated_only and not known else ""
    return "; ".join(word for word in (mark, model.trained_on) if word) or tr(
        "its card does not say what it was trained on"
    )
