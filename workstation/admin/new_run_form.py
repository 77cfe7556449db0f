"""The form of a new training run: data, recipe, numbers, gate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from engine.domain.task import Task
from engine.jobs import ModelChoice
from engine.jobs.training import CheckData, DataReport, ListRecipes, RecipeLine
from workstation.admin.new_run import Entries, exists, report_words, worst_first
from workstation.admin.promotion import MARGIN
from workstation.bridge import Bridge
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.widgets.number_line import NumberLine
from workstation.widgets.tables import dress, fill
from workstation.words import later, tr

FIGURES = (
    ("schedule.epochs", later("Epochs"), 0),
    ("schedule.batch_size", later("Batch size"), 0),
    ("optimiser.lr", later("Learning rate"), 6),
    ("data.folds", later("Folds, 0 = none"), 0),
    ("seed", later("Seed"), 0),
)

PAUSE_MS = 600


class NewRunForm(QWidget):
    """Makes `Entries`; the data are checked in a child process.

    Signals
    -------
    wanted : (NewRun) start was pressed.
    """

    wanted = Signal(object)

    def __init__(self, task: Task, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("New training run"))
        self._task, self._bridge = task, bridge
        self._report: DataReport | None = None
        self._said = ""
        self.data, self.test = QLineEdit(), QLineEdit()
        self.name = QLineEdit("my-model")
        self.recipe, self.start_from = QComboBox(), QComboBox()
        self.numbers = {key: _number(tr(words), digits) for key, words, digits in FIGURES}
        self.margin = NumberLine(low=-0.5, high=0.5, step=0.01, digits=3, value=MARGIN)
        self.check = _button(tr("Check the data again"))
        self.start = _button(tr("Add to the queue and train"), "main")
        self.about = label("", "dim", name=tr("About the recipe"), wrap=True)
        self.counts = label("", "dim", name=tr("What the data hold"), wrap=True)
        self.message = label("", "dim", name=tr("What is missing"), wrap=True)
        self.problems = QTableWidget(0, 3)
        dress(self.problems, tr("Problems of the data"), (tr("Problem"), tr("What it means"), tr("Where")))
        self._lay_out()
        self._wire()
        self._show_state()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        named = (
            (tr("Labelled cases"), self._with_choice(self.data, tr("Labelled cases"))),
            (tr("Recipe"), self.recipe),
            (tr("Starts from"), self.start_from),
            (tr("Name of the model"), self.name),
        )
        for row, (words, widget) in enumerate(named):
            grid.addWidget(label(words, "dim"), row, 0)
            grid.addWidget(widget, row, 1)
            if not widget.accessibleName():
                widget.setAccessibleName(words)
        self.data.setPlaceholderText(tr("Folder or manifest; several joined by “ + ”"))
        numbers = QHBoxLayout()
        for key, words, _ in FIGURES:
            column = QVBoxLayout()
            column.addWidget(label(tr(words), "small"))
            column.addWidget(self.numbers[key])
            numbers.addLayout(column)
        numbers.addStretch(1)
        gate = QGridLayout()
        gate.setHorizontalSpacing(12)
        gate.addWidget(label(tr("Locked test cases"), "dim"), 0, 0)
        gate.addWidget(self._with_choice(self.test, tr("Locked test cases")), 0, 1)
        gate.addWidget(label(tr("Least difference in AUC"), "dim"), 1, 0)
        gate.addWidget(self.margin, 1, 1)
        self.margin.setAccessibleName(tr("Least difference in AUC"))
        self.test.setPlaceholderText(tr("Never trained on; without them the model cannot be promoted"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.check)
        buttons.addWidget(self.start)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(tr("New training run"), "title"))
        layout.addLayout(grid)
        layout.addWidget(self.about)
        layout.addLayout(numbers)
        layout.addWidget(label(tr("Promotion gate, written down before training"), "section"))
        layout.addLayout(gate)
        layout.addLayout(buttons)
        layout.addWidget(self.message)
        layout.addWidget(self.counts)
        layout.addWidget(self.problems, 1)
        layout.addStretch(0)
        self.problems.hide()

    def _with_choice(self, line: QLineEdit, words: str) -> QWidget:
        held = QWidget()
        held.setAccessibleName(tr("{words} and a button to choose", words=words))
        line.setAccessibleName(words)
        button = _button(tr("Choose …"))
        button.setAccessibleName(tr("Choose: {words}", words=words))
        button.clicked.connect(lambda: self._choose(line, words))
        row = QHBoxLayout(held)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(line, 1)
        row.addWidget(button)
        return held

    def _wire(self) -> None:
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._check)
        for line in (self.data, self.test, self.name):
            line.textChanged.connect(lambda _: self._show_state())
        self.data.textChanged.connect(lambda _: self._pause.start())
        self.recipe.currentIndexChanged.connect(lambda _: self._recipe_chosen())
        self.start_from.currentIndexChanged.connect(lambda _: self._show_state())
        self.check.clicked.connect(lambda: self._check(again=True))
        self.start.clicked.connect(lambda: self.wanted.emit(self.entries.request()))

    def load(self) -> None:
        """Ask for recipes and models."""
        self._bridge.ask_models(ListRecipes(), key="recipes", on_result=self._show_recipes, on_error=self._tell)
        self._bridge.list_models(on_result=self._show_models, on_error=self._tell, key="models to start from")

    @property
    def entries(self) -> Entries:
        recipe = self.recipe.currentData()
        return Entries(
            task=self._task.name,
            data=self.data.text(),
            recipe=recipe,
            start_from=(self.start_from.currentData() or "") if recipe is not None and recipe.starts_from else "",
            name=self.name.text().strip(),
            figures={key: box.value() for key, box in self.numbers.items()},
            margin=self.margin.value(),
            test_data=self.test.text(),
            report=self._report,
        )

    def _show_recipes(self, recipes: Sequence[RecipeLine]) -> None:
        before = self.recipe.currentText()
        self.recipe.clear()
        for recipe in sorted(recipes, key=lambda r: (r.name not in ("recommended", "fine_tune"), r.name)):
            self.recipe.addItem(recipe.title, recipe)
        self.recipe.setCurrentIndex(max(0, self.recipe.findText(before)))

    def _show_models(self, models: Sequence[ModelChoice]) -> None:
        self.start_from.clear()
        for model in models:
            if model.task == self._task.name:
                self.start_from.addItem(model.name, model.name)

    def _recipe_chosen(self) -> None:
        recipe: RecipeLine | None = self.recipe.currentData()
        if recipe is None:
            return
        for key, box in self.numbers.items():
            box.setValue(recipe.figures.get(key, box.value()))
        self.about.setText(recipe.source or tr("Our own recipe."))
        self.start_from.setEnabled(bool(recipe.starts_from))
        self._show_state()

    def _check(self, *, again: bool = False) -> None:
        """Look at the data, once the person has stopped typing and such a place exists."""
        data = self.data.text().strip()
        if self._said or not exists(data) or (self._report is not None and self._report.data == data and not again):
            return
        self._report, self._said = None, tr("Looking at the data …")
        self.problems.hide()
        self.check.setEnabled(False)
        self._bridge.ask_models(
            CheckData(data=data, task=self._task.name),
            key="check",
            on_result=self._checked,
            on_error=self._not_checked,
            on_progress=self._looking,
        )
        self._show_state()

    def _looking(self, step: int, total: int, words: str) -> None:
        self.counts.setText(tr("{words}: {step} of {total}", words=words, step=step, total=total) if total else words)

    def _checked(self, report: DataReport) -> None:
        self._report, self._said = report, ""
        n = len(report.problems)
        self.problems.setVisible(n > 0)
        self.counts.setText(report_words(report) + ("" if n else " " + tr("No problem was found.")))
        fill(self.problems, worst_first(report))
        self._show_state()

    def _not_checked(self, error: object) -> None:
        self._said = ""
        self.problems.hide()
        self._tell(error)

    def _tell(self, error: object) -> None:
        self._show_state()
        role(self.message, "failure")
        self.message.setText(getattr(error, "sentence", str(error)))

    def _show_state(self) -> None:
        problem = self.entries.problem()
        role(self.message, "dim")
        self.message.setText(self._said or problem)
        self.start.setEnabled(not problem)
        self.check.setEnabled(exists(self.data.text().strip()) and not self._said)

    def _choose(self, line: QLineEdit, words: str) -> None:
        chosen = QFileDialog.getExistingDirectory(self, words, line.text())
        if chosen:
            line.setText(chosen)


def _number(words: str, digits: int) -> NumberLine:
    box = NumberLine(low=0, high=100000, step=1 if digits == 0 else 0.0001, digits=digits)
    box.setAccessibleName(words)
    return box


def _button(words: str, look: str = "") -> QPushButton:
    made = QPushButton(words)
    made.setAccessibleName(words)
    made.setAutoDefault(False)
    if look:
        role(made, look)
    return made
