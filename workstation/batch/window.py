"""The window of batch runs: entries, progress, results. It stands beside the reading window, which stays usable."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.jobs import BatchEnd, BatchLine, SaveTable
from workstation.batch.form import BatchForm
from workstation.batch.results_view import ResultsView
from workstation.batch.run import BatchRun, Phase, end_words
from workstation.batch.sealed_scores import SealedScores
from workstation.bridge import Bridge
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import ElidedLabel, label, rule
from workstation.words import later, tr

FIRST_SIZE = (1080, 720)
_DOUBLE_CLICK = later("Double-click a case to read it")
_IN_FILES = later("The files hold every score, also the sealed ones")


class BatchWindow(QDialog):
    """Closing it hides it; a run goes on, and its results are there when it is opened again.

    Where first readings are sealed, so are the scores of cases without one; files hold them all the same.

    Signals
    -------
    case_wanted : (folder, case id) the person wants to see this case.
    """

    case_wanted = Signal(str, str)

    def __init__(self, bridge: Bridge, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(tr("Score a folder"))
        self.setAccessibleName(tr("Score a folder"))
        self._bridge = bridge
        self._end: BatchEnd | None = None
        self.run = BatchRun(bridge, self)
        self.form = BatchForm(task)
        self.results = ResultsView(task)
        self.sealed = SealedScores(bridge, self)
        self.start = push_button(tr("Start"), "main")
        self.cancel = push_button(tr("Cancel"))
        self.open_out = push_button(tr("Open the results folder"))
        self.open_sheet = push_button(tr("Contact sheet"))
        self.save_as = push_button(tr("Save the table as …"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the run"))
        self.words = ElidedLabel("", "dim")
        self.words.setAccessibleName(tr("How far the run is"))
        self.message = label("", "dim", name=tr("Outcome"), wrap=True)
        self._lay_out()
        self._wire()
        self._show_state()
        room = self.screen().availableSize()  # a title bar belongs on the screen too
        self.resize(min(FIRST_SIZE[0], room.width() - 32), min(FIRST_SIZE[1], room.height() - 112))

    def _lay_out(self) -> None:
        progress = QVBoxLayout()
        progress.setSpacing(6)
        progress.addWidget(self.bar)
        progress.addWidget(self.words)
        action = QHBoxLayout()
        action.setSpacing(12)
        action.addWidget(self.start)
        action.addWidget(self.cancel)
        action.addLayout(progress, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        for button in (self.open_out, self.open_sheet, self.save_as):
            below.addWidget(button)
        below.addStretch(1)
        self._hint = label("", "small", name=tr("Hint"))
        below.addWidget(self._hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(self.form)
        layout.addLayout(action)
        layout.addWidget(self.message)
        layout.addWidget(rule())
        layout.addWidget(self.results, 1)
        layout.addLayout(below)

    def _wire(self) -> None:
        self.form.changed.connect(self._show_state)
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(self.run.cancel)
        self.run.changed.connect(self._show_state)
        self.run.lines_came.connect(self._add)
        self.run.ended.connect(self._ended)
        self.run.failed.connect(lambda sentence: self._say(sentence, "failure"))
        self.results.case_wanted.connect(self._want)
        self.results.scores_wanted.connect(self.show_scores)
        self.sealed.changed.connect(self._show_sealed)
        self.sealed.failed.connect(lambda sentence: self._say(sentence, "failure"))
        self.open_out.clicked.connect(lambda: self._open(""))
        self.open_sheet.clicked.connect(lambda: self._open("index.html"))
        self.save_as.clicked.connect(self._choose_table)

    def open_on(self, folder: str) -> None:
        """Show the window; `folder` is proposed unless the person entered one or a run is on."""
        if not self.run.is_on and not self.form.folder.text():
            self.form.set_folder(folder)
        self._bridge.list_models(
            on_result=lambda models: self._models(models), on_error=lambda _: None, key="models for a batch"
        )
        self.show()
        self.raise_()
        self.activateWindow()

    def begin(self) -> None:
        plan = self.form.plan
        problem = plan.problem()
        if problem:
            self._say(problem, "failure")
            return
        self._end = None
        self.results.clear()
        self._say("")
        self.run.start(plan)
        self.cancel.setFocus()

    def set_sealed(self, on: bool) -> None:
        """Hide the scores of cases that are not read yet, or no longer."""
        lines = self.results.model.table.lines
        self.sealed.set_on(on, lines, self._model_name)
        self.sealed.look(line.case_id for line in lines)

    def show_scores(self) -> None:
        """Show what is sealed at this moment; that it was seen is written down first."""
        self.sealed.note_seen(self.results.model.table.hidden, self._model_name)

    def save_table(self, path: str) -> None:
        """Copy results.csv to `path`, in the child process."""
        if self._end is not None:
            self._bridge.save_table(
                SaveTable(out=self._end.out, path=path),
                on_result=lambda saved: self._say(tr("The table was saved as {saved}.", saved=saved)),
                on_error=lambda error: self._failed_to_save(error),
            )

    def changeEvent(self, event: QEvent) -> None:
        """Back from reading: what was read meanwhile is open now."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.sealed.look(line.case_id for line in self.results.model.table.hidden)

    def keyPressEvent(self, event: object) -> None:
        """Escape closes the window, Enter does nothing unasked."""
        if event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()

    def _models(self, models: tuple[object, ...]) -> None:
        if not self.run.is_on:
            chosen = self.form.plan.model or self._bridge.model
            self.form.show_models(models, chosen)  # type: ignore[arg-type]

    def _want(self, line: BatchLine) -> None:
        if self.run.plan is not None:
            self.case_wanted.emit(self.run.plan.folder.strip(), line.case_id)

    @property
    def _model_name(self) -> str:
        if self._end is not None:
            return self._end.model
        return (self.run.plan.model or "") if self.run.plan is not None else ""

    def _add(self, lines: list[tuple[int, BatchLine]]) -> None:
        self.results.add(lines)
        self.sealed.look(line.case_id for _, line in lines)

    def _show_sealed(self) -> None:
        self.results.seal(self.sealed.is_sealed)
        self._show_state()

    def _ended(self, end: BatchEnd) -> None:
        self._end = end
        self.results.replace(end.lines)
        self.sealed.look(line.case_id for line in end.lines)
        self._say(end_words(end), "" if end.scored else "failure")
        self._show_state()

    def _failed_to_save(self, error: CaseError) -> None:
        self._say(tr("The table is not saved. {sentence}", sentence=error.sentence), "failure")

    def _say(self, sentence: str, look: str = "") -> None:
        role(self.message, look or "plain")
        self.message.setText(sentence)

    def _show_state(self) -> None:
        on = self.run.is_on
        self.form.setEnabled(not on)
        self.start.setEnabled(not on and not self.form.plan.problem())
        self.cancel.setEnabled(self.run.phase is Phase.RUNNING)
        self.bar.setVisible(on)
        self.bar.setRange(0, self.run.total)
        self.bar.setValue(self.run.step)
        plan = self.form.plan
        self.words.setText(self.run.words if on else plan.problem() or plan.note())
        sealed = self.sealed.is_on
        self._hint.setText(tr(_IN_FILES if sealed else _DOUBLE_CLICK))
        for button in (self.open_out, self.open_sheet, self.save_as):
            button.setEnabled(self._end is not None)
            button.setToolTip(tr(_IN_FILES) if sealed else "")

    def _open(self, name: str) -> None:
        if self._end is None:
            return
        place = Path(self._end.out) / name
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(place))):
            self._say(tr("No program of this computer opens it; it lies here: {place}", place=place))

    def _choose_table(self) -> None:
        if self._end is None:
            return
        proposed = f"{self._end.out}.csv"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the table"), proposed, tr("Tables (*.csv)"))
        if chosen:
            self.save_table(chosen if Path(chosen).suffix else f"{chosen}.csv")
