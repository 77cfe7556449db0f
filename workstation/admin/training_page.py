"""Runs on the left, the chosen one or the form of a new one on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.domain.training import RunState
from engine.jobs.training import delete_run
from workstation.admin.new_run_form import NewRunForm
from workstation.admin.queue import TrainingQueue, state_or_none
from workstation.admin.run_view import RunView
from workstation.admin.run_words import line_of
from workstation.bridge import Bridge
from workstation.dialogs import confirmation
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.words import tr

SIDE = 280
RUN_ID = Qt.ItemDataRole.UserRole


class TrainingPage(QWidget):
    """History, queue and live view.

    Signals
    -------
    promote_wanted : (RunState).
    """

    promote_wanted = Signal(object)

    def __init__(self, task: Task, bridge: Bridge, queue: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Training"))
        self._queue = queue
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Training runs, newest first"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.new = QPushButton(tr("New training run …"))
        self.new.setAccessibleName(tr("New training run"))
        self.new.setAutoDefault(False)
        self.go_on = push_button(tr("Start the waiting runs"))
        self.go_on.setToolTip(tr("One after the other, the one that has waited longest first."))
        self.message = label("", "failure", name=tr("What went wrong"), wrap=True)
        self.none = label(tr("No run yet. What is trained is kept here."), "dim", wrap=True)
        self.form = NewRunForm(task, bridge)
        self.view = RunView()
        self.pages = QStackedWidget()
        self.pages.setAccessibleName(tr("The run, or a new one"))
        self.pages.addWidget(self.form)
        self.pages.addWidget(self.view)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self.new)
        side.addWidget(label(tr("Runs"), "section"))
        side.addWidget(self.none)
        side.addWidget(self.list, 1)
        side.addWidget(self.go_on)
        side.addWidget(self.message)
        held = QWidget()
        held.setAccessibleName(tr("Choose a run"))
        held.setFixedWidth(SIDE)
        held.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        layout = QHBoxLayout(self)
        layout.setSpacing(16)
        layout.addWidget(held)
        layout.addWidget(self.pages, 1)

    def _wire(self) -> None:
        self.new.clicked.connect(self.show_form)
        self.go_on.clicked.connect(self._queue.start_next)
        self.list.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.list.itemClicked.connect(self._choose)
        self.form.wanted.connect(self._add)
        self.view.start_wanted.connect(self._queue.start)
        self.view.stop_wanted.connect(self._queue.stop)
        self.view.delete_wanted.connect(self._ask_delete)
        self.view.promote_wanted.connect(self._promote)
        self._queue.changed.connect(self.refresh)
        self._queue.added.connect(self.show_run)
        self._queue.failed.connect(self.message.setText)

    @property
    def is_busy(self) -> bool:
        """A run's process is at work."""
        return self._queue.is_on

    def open_on(self, data: str) -> None:
        """Load recipes and runs; `data` is proposed where none is entered."""
        if data and not self.form.data.text():
            self.form.data.setText(data)
        self.form.load()
        self.refresh()

    def show_form(self) -> None:
        self.list.setCurrentRow(-1)
        self.pages.setCurrentWidget(self.form)

    def show_run(self, run_id: str) -> None:
        """Choose a run in the list."""
        self.refresh()
        for row in range(self.list.count()):
            if self.list.item(row).data(RUN_ID) == run_id:
                self.list.setCurrentRow(row)

    def refresh(self) -> None:
        """Read the runs again; the one on screen follows."""
        found = self._queue.all()
        chosen = self.view.state.run_id if self.view.state and self.pages.currentWidget() is self.view else ""
        names = [state.run_id for state in found]
        self.none.setVisible(not names)
        self.go_on.setVisible(self._queue.waiting is not None)
        if names != [self.list.item(row).data(RUN_ID) for row in range(self.list.count())]:
            self.list.blockSignals(True)
            self.list.clear()
            for state in found:
                item = QListWidgetItem()
                item.setData(RUN_ID, state.run_id)
                self.list.addItem(item)
            self.list.setCurrentRow(names.index(chosen) if chosen in names else -1)
            self.list.blockSignals(False)
        for row, state in enumerate(found):
            item = self.list.item(row)
            if item.text() != line_of(state):
                item.setText(line_of(state))
        if chosen:
            self._show(chosen)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._show(item.data(RUN_ID))

    def _show(self, run_id: str) -> None:
        state = state_or_none(run_id)
        if state is None:
            self.pages.setCurrentWidget(self.form)
            return
        self.pages.setCurrentWidget(self.view)
        self.view.show_run(state, training=self._queue.running, stopping=self._queue.is_stopping)

    def _add(self, request: object) -> None:
        self.message.setText("")
        self._queue.add(request)  # type: ignore[arg-type]

    def _promote(self, run_id: str) -> None:
        state: RunState | None = state_or_none(run_id)
        if state is not None:
            self.promote_wanted.emit(state)

    def _ask_delete(self, run_id: str) -> None:
        words = tr("Delete this run with its checkpoints and its model? An installed copy of the model stays.")
        confirmation(tr("Delete the run"), words, tr("Delete"), lambda: self._delete(run_id), self).open()

    def _delete(self, run_id: str) -> None:
        try:
            delete_run(run_id)
        except CaseError as error:
            self.message.setText(error.sentence)
        self.show_form()
        self.refresh()
