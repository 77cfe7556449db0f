"""Training and models in one window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from engine.domain.task import Task
from engine.domain.training import RunState
from engine.jobs.training import InUseLine
from workstation.admin.models_page import ModelsPage
from workstation.admin.promote_dialog import PromoteDialog
from workstation.admin.queue import TrainingQueue
from workstation.admin.training_page import TrainingPage
from workstation.bridge import Bridge
from workstation.dialogs import RESEARCH_USE
from workstation.widgets.labels import label
from workstation.words import tr

SIZE = (1240, 800)


class AdminWindow(QDialog):
    """Tabs: training, models.

    Signals
    -------
    models_changed : another model may score from now on. report_wanted : (folder). told : (sentence).
    comparison_wanted : (model, the other one or ""), to be evaluated on cases that the person chooses.
    """

    models_changed = Signal()
    comparison_wanted = Signal(str, str)
    report_wanted = Signal(str)
    told = Signal(str)

    def __init__(self, task: Task, bridge: Bridge, queue: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(tr("Training and models"))
        self.setAccessibleName(tr("Training and models"))
        self.resize(*SIZE)
        self._task, self._bridge = task, bridge
        self._promoting: dict[str, PromoteDialog] = {}
        self.training = TrainingPage(task, bridge, queue)
        self.models = ModelsPage(bridge)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Training and models"))
        self.tabs.addTab(self.training, tr("Training"))
        self.tabs.addTab(self.models, tr("Models"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(label(tr(RESEARCH_USE), "research"), 0, Qt.AlignmentFlag.AlignRight)
        self.training.promote_wanted.connect(self._promote)
        self.models.changed.connect(self.models_changed)
        self.models.changed.connect(self.training.form.load)
        self.models.comparison_wanted.connect(self.comparison_wanted)

    def open_on(self, data: str, *, models: bool = False) -> None:
        """Bring it up on one of its tabs; `data` is proposed for training where none is entered."""
        self.training.open_on(data)
        self.models.refresh()
        self.tabs.setCurrentWidget(self.models if models else self.training)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()

    def _promote(self, state: RunState) -> None:
        """One dialog per run; a second click brings it up again."""
        before = self._promoting.get(state.run_id)
        if before is not None and before.isVisible():
            before.raise_()
            before.activateWindow()
            return
        dialog = PromoteDialog(state, self._bridge, self)
        self._promoting[state.run_id] = dialog
        dialog.promoted.connect(self._promoted)
        dialog.report_wanted.connect(self.report_wanted)
        dialog.show()  # not modal: a comparison takes minutes, and its report opens beside it

    def _promoted(self, line: InUseLine) -> None:
        words = tr(
            "{model} is in use now for the task {task}.",
            model=line.model,
            task=self._task.title if line.task == self._task.name else line.task,
        )
        self.models.tell(words)
        self.models.refresh()
        self.training.form.load()  # its name is taken now
        self.tabs.setCurrentWidget(self.models)
        self.models_changed.emit()
        self.told.emit(words)
