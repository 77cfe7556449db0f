"""Batch scoring as the main window holds it: the batch window when it is needed, and a badge while a run is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from engine.domain.task import Task
from workstation.bridge import Bridge
from workstation.theme import role
from workstation.words import tr

if TYPE_CHECKING:
    from engine.jobs import BatchEnd
    from workstation.batch.window import BatchWindow


class BatchPlace(QObject):
    """Makes the batch window at its first use.

    Signals
    -------
    case_wanted : (folder, case id). told : (sentence) how a run ended, when its window is not on screen.
    seen : (frozenset of case ids) their scores were shown in the table, and that is written down.

    Attributes
    ----------
    badge : a button for the status bar, visible while a run is on; it brings the batch window up.
    """

    case_wanted = Signal(str, str)
    told = Signal(str)
    seen = Signal(object)

    def __init__(self, bridge: Bridge, task: Task, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge, self._task, self._parent = bridge, task, parent
        self.window: BatchWindow | None = None
        self._sealed = True
        self.badge = QPushButton()
        self.badge.setAccessibleName(tr("The batch run"))
        self.badge.setToolTip(tr("Show the batch run"))
        role(self.badge, "quiet")
        self.badge.hide()
        self.badge.clicked.connect(lambda: self.show(""))

    def show(self, folder: str) -> None:
        """Bring the window up; `folder` is proposed where none is entered."""
        if self.window is None:
            from workstation.batch.window import BatchWindow  # with the first batch, not with the program

            self.window = BatchWindow(self._bridge, self._task, self._parent)
            self.window.case_wanted.connect(self.case_wanted)
            self.window.sealed.seen.connect(self.seen)
            self.window.set_sealed(self._sealed)
            self.window.run.changed.connect(self._show_badge)
            self.window.run.ended.connect(self._ended)
            self.window.run.failed.connect(self._failed)
        self.window.open_on(folder)

    def set_sealed(self, on: bool) -> None:
        """Scores of cases that are not read yet stay hidden, or no longer."""
        self._sealed = on
        if self.window is not None:
            self.window.set_sealed(on)

    def reload(self) -> None:
        """The case database is another one."""
        if self.window is not None:
            self.window.sealed.forget()
            self.window.set_sealed(self._sealed)

    def _show_badge(self) -> None:
        from workstation.batch.run import Phase

        run = self.window.run if self.window is not None else None
        if run is not None:
            words = (
                tr("Batch: stopping")
                if run.phase is Phase.STOPPING
                else tr("Batch: {step} of {total}", step=run.step, total=run.total)
            )
            self.badge.setText(words if run.total else tr("Batch: starting"))
            self.badge.setVisible(run.is_on)

    def _ended(self, end: BatchEnd) -> None:
        if self.window is not None and not self.window.isVisible():
            self.told.emit(tr("Batch run: {sentence} Ctrl+B shows the table.", sentence=end.sentence))

    def _failed(self, sentence: str) -> None:
        if self.window is not None and not self.window.isVisible():
            self.told.emit(tr("Batch run: {sentence}", sentence=sentence))
