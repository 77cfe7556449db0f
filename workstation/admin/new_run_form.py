"""The form of a new training run: data, recipe, numbers, gate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.domain.training import Gate
from engine.jobs import ModelChoice
from engine.jobs.training import ListRecipes, RecipeLine
from workstation.admin.data_check import DataCheck
from workstation.admin.new_run import Entries, exists
from workstation.admin.promotion import MARGIN, METRICS, gate_words
from workstation.admin.recipe_sheet import recipe_sheet
from workstation.bridge import Bridge
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.widgets.number_line import NumberLine
from workstation.widgets.source_line import SourceLine
from workstation.words import later, tr

FIGURES = (
    (
        "schedule.epochs",
        later("Epochs"),
        0,
        later("How often the model sees every training case. More takes longer; too many and it learns them by heart."),
    ),
    (
        "schedule.batch_size",
        later("Batch size"),
        0,
        later("How many cases it learns from at once. Less needs less memory."),
    ),
    (
        "optimiser.lr",
        later("Learning rate"),
        6,
        later("How far every step goes. Leave it unless the loss jumps up and down: then a third of it."),
    ),
    (
        "data.folds",
        later("Folds, 0 = none"),
        0,
        later(
            "Cross-validation: as many models are trained, each judged on patients it never saw. 5 is usual; "
            "it takes that many times longer."
        ),
    ),
    ("seed", later("Seed"), 0, later("The number chance begins with: the same seed and data give the same model.")),
)
NO_TEST = later("Without locked test cases the model can be trained and looked at, but not promoted.")
MEANING_OF_METRIC = later(
    "What is compared on the locked cases. Sensitivity and specificity are those at each model's own operating point."
)
MEANING_OF_MARGIN = later(
    "The new model's figure less that of the model in use, on the locked cases. The lower end of its 95 % interval "
    "must reach this; below zero: it may be that much worse."
)


class NewRunForm(QWidget):
    """Makes `Entries`.

    Signals
    -------
    wanted : (NewRun) start was pressed.
    """

    wanted = Signal(object)

    def __init__(self, task: Task, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("New training run"))
        self._task, self._bridge = task, bridge
        self.data = SourceLine(tr("Labelled cases"), tr("Folder or manifest; several joined by “ + ”"))
        hint = tr("Never trained on; without them the model cannot be promoted")
        self.test = SourceLine(tr("Locked test cases"), hint)
        self.name = QLineEdit("my-model")
        self.recipe, self.start_from = QComboBox(), QComboBox()
        self.numbers = {key: _number(tr(words), digits) for key, words, digits, _ in FIGURES}
        self.measure = QComboBox()
        for metric, words in METRICS.items():
            self.measure.addItem(tr(words), metric)
        self._taken: frozenset[str] = frozenset()
        self.margin = NumberLine(low=-0.5, high=0.5, step=0.01, digits=3, value=MARGIN)
        self.checked = DataCheck(task.name, bridge)
        self.check = push_button(tr("Check the data again"))
        self.show_recipe = push_button(tr("Show the recipe …"))
        self.start = push_button(tr("Add to the queue and train"), "main")
        self.about = label("", "dim", name=tr("About the recipe"), wrap=True)
        self.gate = label("", "dim", name=tr("The gate in words"), wrap=True)
        self.message = label("", "dim", name=tr("What is missing"), wrap=True)
        self._lay_out()
        self._wire()
        self._show_state()

    def _lay_out(self) -> None:
        recipe = QHBoxLayout()
        recipe.setSpacing(8)
        recipe.addWidget(self.recipe, 1)
        recipe.addWidget(self.show_recipe)
        grid = _grid()
        named: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            (tr("Labelled cases"), self.data),
            (tr("Recipe"), recipe),
            (tr("Starts from"), self.start_from),
            (tr("Name of the model"), self.name),
        )
        for row, (words, part) in enumerate(named):
            grid.addWidget(label(words, "dim"), row, 0)
            if isinstance(part, QHBoxLayout):
                grid.addLayout(part, row, 1)
            else:
                grid.addWidget(part, row, 1)
        self.recipe.setAccessibleName(tr("Recipe"))
        self.start_from.setAccessibleName(tr("Starts from"))
        self.name.setAccessibleName(tr("Name of the model"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self.check)
        buttons.addWidget(self.message, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(tr("New training run"), "title"))
        layout.addLayout(grid)
        layout.addWidget(self.about)
        layout.addLayout(self._laid_numbers())
        layout.addWidget(label(tr("Promotion gate, written down before training"), "section"))
        layout.addLayout(self._laid_gate())
        layout.addWidget(self.gate)
        layout.addLayout(buttons)
        layout.addWidget(self.checked, 1)

    def _laid_numbers(self) -> QHBoxLayout:
        numbers = QHBoxLayout()
        for key, words, _, meaning in FIGURES:
            column = QVBoxLayout()
            head = label(tr(words), "small")
            for widget in (head, self.numbers[key]):
                widget.setToolTip(tr(meaning))
            column.addWidget(head)
            column.addWidget(self.numbers[key])
            numbers.addLayout(column)
        numbers.addStretch(1)
        return numbers

    def _laid_gate(self) -> QGridLayout:
        gate = _grid()
        gate.addWidget(label(tr("Locked test cases"), "dim"), 0, 0)
        gate.addWidget(self.test, 0, 1)
        need = QHBoxLayout()
        need.setSpacing(8)
        for part, words, meaning in (
            (self.measure, tr("Compared by"), tr(MEANING_OF_METRIC)),
            (self.margin, tr("Least difference"), tr(MEANING_OF_MARGIN)),
        ):
            head = label(words, "dim")
            part.setAccessibleName(words)
            for widget in (head, part):
                widget.setToolTip(meaning)
            if part is self.measure:
                gate.addWidget(head, 1, 0)
            else:
                need.addWidget(head)
            need.addWidget(part)
        need.addStretch(1)
        gate.addLayout(need, 1, 1)
        return gate

    def _wire(self) -> None:
        for part in (self.data.changed, self.test.changed, self.checked.changed):
            part.connect(self._show_state)
        for line in (self.name, self.margin):
            line.textChanged.connect(lambda _: self._show_state())
        for part in (self.data.changed, self.test.changed):
            part.connect(lambda: self.checked.take(self.data.text(), self.test.text()))
        self.measure.currentIndexChanged.connect(lambda _: self._show_state())
        self.recipe.currentIndexChanged.connect(lambda _: self._recipe_chosen())
        self.start_from.currentIndexChanged.connect(lambda _: self._show_state())
        self.check.clicked.connect(lambda: self.checked.look(again=True))
        self.show_recipe.clicked.connect(self._show_recipe)
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
            taken=self._taken,
            metric=self.measure.currentData(),
            margin=self.margin.value(),
            test_data=self.test.text(),
            report=self.checked.report,
        )

    def _show_recipes(self, recipes: Sequence[RecipeLine]) -> None:
        before, figures = self.recipe.currentText(), {key: box.text() for key, box in self.numbers.items()}
        self.recipe.clear()
        for recipe in sorted(recipes, key=lambda r: (r.name not in ("recommended", "fine_tune"), r.name)):
            self.recipe.addItem(recipe.title, recipe)
        self.recipe.setCurrentIndex(max(0, self.recipe.findText(before)))
        if before and self.recipe.currentText() == before:  # what was changed by hand stays
            for key, text in figures.items():
                self.numbers[key].setText(text)

    def _show_models(self, models: Sequence[ModelChoice]) -> None:
        self._taken = frozenset(model.name for model in models)
        before = self.start_from.currentData()
        self.start_from.clear()
        for model in models:
            if model.task == self._task.name:
                self.start_from.addItem(model.name, model.name)
        self.start_from.setCurrentIndex(max(0, self.start_from.findData(before)))
        self._show_state()

    def _recipe_chosen(self) -> None:
        recipe: RecipeLine | None = self.recipe.currentData()
        if recipe is None:
            return
        for key, box in self.numbers.items():
            box.setValue(recipe.figures.get(key, box.value()))
        own = tr("Our own recipe, not from a paper.")
        self.about.setText(tr("From: {paper}", paper=recipe.source) if recipe.source else own)
        self.start_from.setEnabled(bool(recipe.starts_from))
        self.start_from.setToolTip("" if recipe.starts_from else tr("This recipe trains from the start."))
        self._show_state()

    def _show_recipe(self) -> None:
        recipe: RecipeLine | None = self.recipe.currentData()
        if recipe is not None:
            recipe_sheet(recipe.title, recipe.toml, self.window()).open()

    def _tell(self, error: CaseError) -> None:
        self._show_state()
        role(self.message, "failure")
        self.message.setText(error.sentence)

    def _show_state(self) -> None:
        entries = self.entries
        problem = entries.problem()
        role(self.message, "dim")
        self.message.setText(problem)
        self.start.setEnabled(not problem)
        self.check.setEnabled(exists(entries.data.strip()) and not self.checked.is_looking)
        self.show_recipe.setEnabled(entries.recipe is not None)
        test = entries.test_data.strip()
        gate = Gate(metric=entries.metric, margin=entries.margin, test_data=test)
        self.gate.setText(gate_words(gate) if test else tr(NO_TEST))


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, 150)
    grid.setColumnStretch(1, 1)
    return grid


def _number(words: str, digits: int) -> NumberLine:
    box = NumberLine(low=0, high=100000, step=1 if digits == 0 else 0.0001, digits=digits)
    box.setAccessibleName(words)
    return box
