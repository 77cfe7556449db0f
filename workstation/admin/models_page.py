"""Installed models, the one in use, and the record of who put it there."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.jobs import ModelChoice
from engine.jobs.training import FindOpponent, InstalledModel, InstallModel, InUseLine, ListInUse, RemoveModel, Undo
from workstation.admin.promotion import compared_words
from workstation.bridge import Bridge
from workstation.dialogs import confirmation
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.widgets.tables import WrappedTable, dress, fill, give_room
from workstation.words import tr


class ModelsPage(QWidget):
    """Install, remove, compare, look at, take back.

    Signals
    -------
    changed : another model may score from now on.
    comparison_wanted : (model, the one that is in use without it, or "").
    """

    changed = Signal()
    comparison_wanted = Signal(str, str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Models"))
        self._bridge = bridge
        self.models: tuple[ModelChoice, ...] = ()
        self.record: tuple[InUseLine, ...] = ()
        self.table = WrappedTable(6)
        heads = (tr("Model"), tr("Task"), tr("Preset"), tr("In use"), tr("Trained on"), tr("Not for"))
        dress(self.table, tr("Installed models"), heads)
        self.history = WrappedTable(5)
        record = (tr("When (UTC)"), tr("Model"), tr("By"), tr("Reason"), tr("Compared"))
        dress(self.history, tr("Record of promotions, newest first"), record)
        give_room(self.table, 4, 5)
        give_room(self.history, 3, 4)
        self.install = push_button(tr("Install from a file …"))
        self.remove = push_button(tr("Remove …"))
        self.compare = push_button(tr("Compare …"))
        self.compare.setToolTip(tr("Evaluate the chosen model beside the one in use, on cases with a known answer."))
        self.undo = push_button(tr("Take back the last promotion"))
        self.undo.setToolTip(tr("The model that was in use before is in use again, at once. It is recorded."))
        self.message = label("", "dim", name=tr("What happened"), wrap=True)
        self._lay_out()
        self.install.clicked.connect(self._choose)
        self.remove.clicked.connect(self._ask_remove)
        self.compare.clicked.connect(self._find_opponent)
        self.undo.clicked.connect(self._take_back)
        self.table.itemSelectionChanged.connect(self._show_state)
        self._show_state()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.install, self.compare, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.undo)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(label(tr("Installed models"), "section"))
        layout.addWidget(self.table, 2)
        layout.addLayout(buttons)
        layout.addWidget(self.message)
        layout.addWidget(label(tr("Promotions"), "section"))
        layout.addWidget(self.history, 1)

    def refresh(self) -> None:
        """Ask again what is installed and what is in use."""
        self._bridge.list_models(on_result=self._show_models, on_error=self._went_wrong, key="models page")
        self._bridge.ask_models(ListInUse(), key="in use", on_result=self._show_record, on_error=self._went_wrong)

    def _show_models(self, models: Sequence[ModelChoice]) -> None:
        self.models = tuple(models)
        self._fill()

    def _show_record(self, record: Sequence[InUseLine]) -> None:
        self.record = tuple(record)
        self._fill()

    def _fill(self) -> None:
        current = {(e.task, e.model): e for e in self.record if e.current and e.model}
        rows = []
        for model in self.models:
            promoted = tr("promoted") if (model.task, model.name) in current else ""
            rows.append((model.name, _title(model.task), model.preset, promoted, model.trained_on, model.not_for))
        fill(self.table, rows)
        fill(self.history, [_row(entry) for entry in reversed(self.record)])
        self._show_state()

    @property
    def _chosen(self) -> ModelChoice | None:
        rows = {item.row() for item in self.table.selectedItems()}
        return self.models[min(rows)] if rows and min(rows) < len(self.models) else None

    def _show_state(self) -> None:
        for button in (self.remove, self.compare):
            button.setEnabled(self._chosen is not None)
        self.undo.setEnabled(any(e.current and e.model for e in self.record))

    def _choose(self) -> None:
        words = tr("Model file or its card")
        chosen, _ = QFileDialog.getOpenFileName(self, words, "", tr("Models (*.safetensors *.json)"))
        if chosen:
            self.install_from(chosen)

    def install_from(self, path: str) -> None:
        """Install a model file; card, hash and shapes are checked, pickles refused."""
        self.tell(tr("Checking and installing …"))
        request = InstallModel(source=path)
        self._bridge.ask_models(request, key="install", on_result=self._installed, on_error=self._went_wrong)

    def _installed(self, model: InstalledModel) -> None:
        self.tell(tr("{name} is installed for the task {task}.", name=model.name, task=_title(model.task)))
        self._after_change()

    def _ask_remove(self) -> None:
        model = self._chosen
        if model is None:
            return
        words = tr("Remove the model {name}? Readings that used it stay as they are.", name=model.name)
        confirmation(tr("Remove a model"), words, tr("Remove"), lambda: self._remove(model.name), self).open()

    def _remove(self, name: str) -> None:
        self._bridge.ask_models(
            RemoveModel(name=name), key="remove", on_result=self._removed, on_error=self._went_wrong
        )

    def _removed(self, name: str) -> None:
        self.tell(tr("{name} is removed.", name=name))
        self._after_change()

    def _find_opponent(self) -> None:
        model = self._chosen
        if model is None:
            return

        def found(other: str) -> None:
            self.comparison_wanted.emit(model.name, other)

        request = FindOpponent(model=model.name)
        self._bridge.ask_models(request, key="opponent", on_result=found, on_error=self._went_wrong)

    def _take_back(self) -> None:
        """One click: whoever doubts a model must not be kept from it by a form. The login stands in the record."""
        last = next((e for e in reversed(self.record) if e.current and e.model), None)
        if last is None:
            return
        self.undo.setEnabled(False)
        reason = tr("Taken back in the window")
        request = Undo(task=last.task, simulated=last.simulated, by=login(), reason=reason)
        self._bridge.ask_models(request, key="undo", on_result=self._undone, on_error=self._went_wrong)

    def _undone(self, line: InUseLine) -> None:
        now = line.model or tr("the automatic choice")
        self.tell(tr("Taken back: {now} is in use again.", now=now))
        self._after_change()

    def _after_change(self) -> None:
        self.refresh()
        self.changed.emit()

    def _went_wrong(self, error: CaseError) -> None:
        self.tell(error.sentence, "failure")
        self._show_state()

    def tell(self, sentence: str, look: str = "dim") -> None:
        """Say what happened, below the table."""
        role(self.message, look)
        self.message.setText(sentence)


def login() -> str:
    """The name under which somebody is logged in at this computer, which is all that one click tells."""
    try:
        return tr("login {name}", name=getpass.getuser())
    except (OSError, KeyError, ImportError):  # an account without a name
        return tr("somebody at this computer")


def _title(task: str) -> str:
    """The task in words, its name where this program does not know it."""
    try:
        return load_task(task).title
    except CaseError:
        return task


def _row(entry: InUseLine) -> tuple[str, str, str, str, str]:
    model = entry.model or tr("automatic choice")
    if entry.undoes:
        model = tr("taken back, now {model}", model=model)
    return entry.at[:16].replace("T", " "), model, entry.by, entry.reason, compared_words(entry.comparison)
