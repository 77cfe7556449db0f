"""One training run on screen: how far, how well, what it said, and what can be done with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from engine.domain.training import EpochLine, RunPhase, RunState
from engine.jobs.training import epochs_of, log_of, recipe_of
from workstation.admin.promotion import gate_words
from workstation.admin.recipe_sheet import recipe_sheet
from workstation.admin.run_words import courses, log_words, pace_words, phase_word, points_of, result_rows
from workstation.theme import colours, role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.widgets.plot import STAGE_PENS, Plot
from workstation.words import tr

LOG_LINES = 200
TICKS = 12
"""At most about as many epochs are numbered."""


class RunView(QWidget):
    """Shows a `RunState` and its files; it decides nothing.

    Signals
    -------
    start_wanted, stop_wanted, delete_wanted, promote_wanted : (run id).
    """

    start_wanted = Signal(str)
    stop_wanted = Signal(str)
    delete_wanted = Signal(str)
    promote_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("The training run"))
        self.state: RunState | None = None
        self._rows: tuple[tuple[str, str], ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._curves: dict[int, tuple[Any, Any, Any]] = {}
        self.title = label("", "title", name=tr("Run"))
        self.sentence = label("", name=tr("Where it stands"), wrap=True)
        self.pace = label("", "dim", name=tr("Pace"))
        self.data = label("", "dim", name=tr("Data"), wrap=True)
        self.recipe = push_button(tr("Show the recipe …"))
        self.gate = label("", "dim", name=tr("Promotion gate"), wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.bar.setTextVisible(False)
        self.loss = Plot(tr("Loss"), tr("Epoch"), tr("Loss"))
        self.auc = Plot(tr("AUC on validation cases"), tr("Epoch"), tr("AUC"))
        self.nothing = label(tr("The curves appear after the first epoch."), "dim", name=tr("Curves"))
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.figures = QGridLayout()
        self.figures.setHorizontalSpacing(24)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(tr("Log of the run"))
        self.log.setMaximumHeight(140)
        self.start = push_button(tr("Start"), "main")
        self.stop = push_button(tr("Stop"))
        self.delete = push_button(tr("Delete"))
        self.promote = push_button(tr("Compare and promote …"))
        self._lay_out()
        for button, signal in (
            (self.start, self.start_wanted),
            (self.stop, self.stop_wanted),
            (self.delete, self.delete_wanted),
            (self.promote, self.promote_wanted),
        ):
            button.clicked.connect(lambda _=False, s=signal: s.emit(self.state.run_id if self.state else ""))

        self.recipe.clicked.connect(self._show_recipe)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.start, self.stop, self.promote):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.recipe)
        buttons.addWidget(self.delete)
        plots = QHBoxLayout()
        plots.addWidget(self.loss)
        plots.addWidget(self.auc)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.title, self.sentence, self.bar, self.pace, self.data, self.gate):
            layout.addWidget(widget)
        layout.addLayout(self.figures)
        layout.addLayout(plots, 1)
        layout.addWidget(self.nothing, 1)
        layout.addWidget(self.log)
        layout.addLayout(buttons)

    def show_run(self, state: RunState, *, training: str, stopping: bool = False) -> None:
        """Show it; `training`: id of the run whose process is at work, "" = none; `stopping`: it was asked to stop."""
        busy, ours = bool(training), training == state.run_id
        starting = ours and state.state is not RunPhase.RUNNING
        self.state = state
        self.title.setText(f"{state.name} — {tr('starting') if starting else phase_word(state)}")
        failed = state.state is RunPhase.FAILED
        role(self.sentence, "failure" if failed and not starting else "plain")
        ending = ours and stopping
        words = tr("Starting …") if starting else state.sentence
        self.sentence.setText(tr("Stopping after this step; what was learnt is kept …") if ending else words)
        running = state.state is RunPhase.RUNNING
        self.bar.setVisible(running)
        self.bar.setRange(0, max(state.steps, 0))
        self.bar.setValue(state.step)
        self.pace.setText(pace_words(state) if running else "")
        self.pace.setVisible(running)
        origin = tr(", from {model}", model=state.start_from) if state.start_from else ""
        simulated = tr(" (all simulated)") if state.result.get("simulated") else ""
        words = tr("Recipe {recipe}{origin}, data {data}", recipe=state.recipe, origin=origin, data=state.data)
        self.data.setText(words + simulated)
        self.gate.setText(gate_words(state.gate))
        self.start.setText(tr("Start") if state.state is RunPhase.QUEUED else tr("Resume"))
        self.start.setVisible(state.can_start and not starting)
        self.start.setEnabled(not busy)
        self.start.setToolTip(tr("Another run is training; this one waits for its turn.") if busy else "")
        self.stop.setVisible(running or starting)
        self.stop.setEnabled(not ending)
        self.delete.setEnabled(not running and not starting)
        finished = state.state is RunPhase.FINISHED
        self.promote.setVisible(finished)
        gated = state.gate is not None and bool(state.gate.test_data)
        self.promote.setEnabled(finished and gated)
        self.promote.setToolTip("" if gated else gate_words(state.gate))
        self._show_figures(state)
        epochs = epochs_of(state.run_id)
        for plot in (self.loss, self.auc):
            plot.setVisible(bool(epochs))
        self.nothing.setVisible(not epochs)
        self._draw(epochs)
        self._show_log(log_words(log_of(state.run_id, LOG_LINES)))

    def _show_recipe(self) -> None:
        if self.state is not None:
            recipe_sheet(self.state.recipe, recipe_of(self.state.run_id), self.window()).open()

    def _show_figures(self, state: RunState) -> None:
        rows = result_rows(state)
        if rows == self._rows:
            return
        self._rows = rows
        while (item := self.figures.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for number, (name, value) in enumerate(rows):
            row, column = divmod(number, 3)
            self.figures.addWidget(label(name, "small"), 2 * row, column)
            self.figures.addWidget(label(value), 2 * row + 1, column)

    def _draw(self, lines: tuple[EpochLine, ...]) -> None:
        """A further epoch costs a few points only; another run, fold or look draws all of it anew."""
        run, found, looks = self.state.run_id if self.state else "", courses(lines), colours()
        last = max([line.epoch for line in lines] + [self.state.epochs if self.state else 0, 2])
        least = min([0.5, *(line.validation_auc for line in lines if line.validation_auc is not None)])
        lowest = int(10 * least) / 10  # 0.5 says nothing; below it a model that errs is not cut off
        axes = (run, tuple(found), last, looks, lowest)
        if (axes, len(lines)) == self._drawn:
            return
        if not self._drawn or self._drawn[0] != axes:
            self._curves = self._axes(tuple(found), last, lowest)
        self._drawn = (axes, len(lines))
        for fold, epochs in found.items():
            for curve, points in zip(self._curves[fold], points_of(epochs), strict=True):
                curve.setData(*points)

    def _axes(self, folds: tuple[int, ...], last: int, lowest: float) -> dict[int, tuple[Any, Any, Any]]:
        """Fold -> its curves without points: loss in training, in validation, AUC."""
        looks, curves = self.loss.begin(x=(1, last), y=None), {}
        self.loss.getPlotItem().enableAutoRange("y")
        self.auc.begin(x=(1, last), y=(lowest, 1.0))
        for number, fold in enumerate(folds):
            colour = getattr(looks, STAGE_PENS[number % len(STAGE_PENS)])
            named = tr("fold {fold}", fold=fold) if fold else tr("all cases") if len(folds) > 1 else ""
            curves[fold] = (
                self.loss.line([], [], looks.dim, width=1.5, dots=True),
                self.loss.line([], [], colour, named, dots=True),
                self.auc.line([], [], colour, named, dots=True),
            )
        self.loss.setTitle(tr("Loss: grey training, coloured validation"), color=looks.text, size="10pt")
        for plot in (self.loss, self.auc):
            step = max(1, -(-last // TICKS))
            plot.getAxis("bottom").setTicks([[(n, str(n)) for n in range(1, last + 1, step)]])
        return curves

    def _show_log(self, text: str) -> None:
        if text != self.log.toPlainText():
            self.log.setPlainText(text)
            self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())
