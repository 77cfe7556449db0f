"""What the menus do beside reading: agreement, backup, restore, log, preferences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.domain.training_export import ReadCase
from engine.jobs.requests import ExportReadings
from engine.store.places import log_folder
from workstation.admin.choices import Choices, load_choices, save_choices
from workstation.bridge import Bridge
from workstation.dialogs import Sheet, confirmation
from workstation.preferences import Preferences
from workstation.widgets.labels import label
from workstation.words import later, tr

if TYPE_CHECKING:
    from workstation.admin.window import AdminWindow

LAST_BYTES = 65_536
FILTER = later("Case database (*.sqlite)")


class AdminPlace(QObject):
    """Its public methods are commands.

    Attributes
    ----------
    names : what the reader knows the open folder's cases by. open_folder : path of the open folder, "" = none.
    admin_window : training and models, None before its first use.

    Signals
    -------
    chosen : (Choices) from now on; restored : the case database is another one; told, trouble : (sentence).
    models_changed : another model may score from now on; report_wanted : (folder of an evaluation);
    comparison_wanted : (model, the other one or "").
    """

    chosen = Signal(object)
    restored = Signal()
    models_changed = Signal()
    report_wanted = Signal(str)
    comparison_wanted = Signal(str, str)
    told = Signal(str)
    trouble = Signal(str)

    def __init__(self, task: Task, bridge: Bridge, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._task, self._bridge, self._preferences, self._window = task, bridge, preferences, window
        self.choices = load_choices(preferences)
        self.names: Callable[[], Mapping[str, str]] = dict
        self.open_folder: Callable[[], str] = str
        self.admin_window: AdminWindow | None = None

    def show_training(self) -> None:
        """Training runs: the queue, the history, a new one."""
        self._made_window().open_on(self.open_folder())

    def show_models(self) -> None:
        """Installed models and the record of promotions."""
        self._made_window().open_on(self.open_folder(), models=True)

    def export_readings(self) -> None:
        """Ask where to, and write the readings with known pathology as a training set."""
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export my readings as a training set"), "training.csv", tr("Manifest (*.csv)")
        )
        if chosen:
            self.export_readings_to(Path(chosen))

    def export_readings_to(self, path: Path) -> None:
        """The images are looked for in the open folder, else in those that were opened before."""
        from engine.store.training_export import read_cases  # brings the database's library, which the start need not

        folder = self.open_folder()

        def found(read: tuple[ReadCase, ...]) -> None:
            request = ExportReadings(paths=(folder,) if folder else (), task=self._task.name, read=read, out=str(path))
            self._bridge.export_readings(
                request, on_result=lambda export: self.told.emit(export.sentence), on_error=self._tell
            )

        self._bridge.record(
            lambda store: read_cases(store, self._task.name), key="read cases", on_result=found, on_error=self._tell
        )

    def _made_window(self) -> AdminWindow:
        if self.admin_window is None:
            from workstation.admin.queue import TrainingQueue
            from workstation.admin.window import AdminWindow

            queue = TrainingQueue(self._bridge, self)
            self.admin_window = AdminWindow(self._task, self._bridge, queue, self._window)
            self.admin_window.models_changed.connect(self.models_changed)
            self.admin_window.report_wanted.connect(self.report_wanted)
            self.admin_window.comparison_wanted.connect(self.comparison_wanted)
            self.admin_window.told.connect(self.told)
        return self.admin_window

    def show_agreement(self) -> None:
        from workstation.reading.agreement_dialog import AgreementDialog

        AgreementDialog(self._task, self._bridge, self.names(), self._window).show()

    def show_preferences(self) -> None:
        from workstation.admin.preferences_dialog import PreferencesDialog

        dialog = PreferencesDialog(self.choices, self._window)
        dialog.changed.connect(self.choose)
        dialog.show()

    def choose(self, choices: Choices) -> None:
        """Use these from now on, and remember them."""
        self.choices = choices
        if not save_choices(self._preferences, choices):
            self.told.emit(tr("The preferences could not be written; they hold until the window is closed."))
        self.chosen.emit(choices)

    def back_up(self) -> None:
        """Ask where to, and copy the case database there."""
        name = f"sonofuse-{datetime.now():%Y-%m-%d}.sqlite"
        proposal = str(Path(self.choices.backup_folder) / name) if self.choices.backup_folder else name
        chosen, _ = QFileDialog.getSaveFileName(self._window, tr("Back up the case database"), proposal, tr(FILTER))
        if chosen:
            self.back_up_to(Path(chosen))

    def back_up_to(self, path: Path) -> None:
        self._bridge.record(
            lambda store: store.backup(path),
            key=("backup", str(path)),
            on_result=lambda _: self.told.emit(tr("The case database is backed up as {name}.", name=path.name)),
            on_error=self._tell,
        )

    def restore(self) -> None:
        """Ask for a backup and for leave, and go back to it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, tr("Restore the case database from a backup"), self.choices.backup_folder, tr(FILTER)
        )
        if chosen:
            self._ask_leave(Path(chosen))

    def _ask_leave(self, path: Path) -> None:
        words = tr(
            "Go back to {name}? Readings saved after it are no longer shown. What is there now "
            "is kept as a backup of its own beside the case database.",
            name=path.name,
        )
        confirmation(tr("Restore"), words, tr("Restore"), lambda: self.restore_from(path), self._window).open()

    def restore_from(self, path: Path) -> None:
        self._bridge.record(
            lambda store: store.restore(path), key="restore", on_result=self._restored, on_error=self._tell
        )

    def _restored(self, kept: Path) -> None:
        self.restored.emit()
        self.told.emit(tr("Restored. The state before is kept as {name}.", name=kept.name))

    def show_log(self) -> None:
        """The end of the log file, and where it lies."""
        path = log_folder() / "sonofuse.log"
        dialog = Sheet(tr("Log"), self._window)
        dialog.content.addWidget(label(str(path), "dim", name=tr("Log file"), wrap=True))
        text = QPlainTextEdit(log_text(path))
        text.setReadOnly(True)
        text.setAccessibleName(tr("End of the log"))
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        dialog.content.addWidget(text, 1)
        dialog.resize(880, 480)
        dialog.show()
        text.verticalScrollBar().setValue(text.verticalScrollBar().maximum())

    def _tell(self, error: CaseError) -> None:
        self.trouble.emit(error.sentence)


def log_text(path: Path) -> str:
    """The last lines of the log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return tr("Nothing went wrong so far: the log is empty.")
    except OSError as error:
        return tr("The log cannot be read: {strerror}.", strerror=error.strerror)
    return text if len(text) < LAST_BYTES else text.split("\n", 1)[-1]
