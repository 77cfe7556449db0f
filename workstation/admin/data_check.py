"""What a source of training cases holds, and the list of what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.domain.errors import CaseError
from engine.jobs.training import CheckData, DataReport
from workstation.admin.new_run import exists, report_words, worst_first
from workstation.bridge import Bridge
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.widgets.tables import WrappedTable, dress, fill, give_room
from workstation.words import tr

PAUSE_MS = 600


class DataCheck(QWidget):
    """Looks at the data in a child process, once the person has stopped typing.

    Signals
    -------
    changed : `report` or `is_looking` is another one.

    Attributes
    ----------
    report : of the data last looked at, None = not looked at yet.
    """

    changed = Signal()

    def __init__(self, task: str, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Check of the data"))
        self._task, self._bridge = task, bridge
        self._data, self._locked = "", ""
        self.report: DataReport | None = None
        self.is_looking = False
        self.counts = label("", "dim", name=tr("What the data hold"), wrap=True)
        self.problems = WrappedTable(3)
        dress(self.problems, tr("Problems of the data"), (tr("Problem"), tr("What it means"), tr("Where")))
        give_room(self.problems, 1)
        self.problems.setMinimumHeight(96)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.counts)
        layout.addWidget(self.problems, 1)
        layout.addStretch(0)
        self.problems.hide()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.look)

    def take(self, data: str, locked: str = "") -> None:
        """Other data, or other locked test cases, are entered; they are looked at in a moment."""
        self._data, self._locked = data.strip(), locked.strip()
        self._pause.start()

    def look(self, *, again: bool = False) -> None:
        """Look at the data where there are any, unless that was done."""
        there = exists(self._data) and (not self._locked or exists(self._locked))
        if self.is_looking or (self._is_done and not again) or not there:
            return
        self.report, self.is_looking = None, True
        self.problems.hide()
        self._say(tr("Looking at the data …"))
        self._bridge.ask_models(
            CheckData(data=self._data, task=self._task, locked=self._locked),
            key="check",
            on_result=self._checked,
            on_error=self._not_checked,
            on_progress=self._looking,
        )
        self.changed.emit()

    def _looking(self, step: int, total: int, words: str) -> None:
        self._say(tr("{words}: {step} of {total}", words=words, step=step, total=total) if total else words)

    def _checked(self, report: DataReport) -> None:
        self.is_looking, self.report = False, report
        n = len(report.problems)
        self.problems.setVisible(n > 0)
        self._say(report_words(report) + ("" if n else " " + tr("No problem was found.")))
        fill(self.problems, worst_first(report))
        self.changed.emit()
        if not self._is_done:  # other ones were entered meanwhile
            self.look()

    @property
    def _is_done(self) -> bool:
        found = self.report
        return found is not None and (found.data, found.locked) == (self._data, self._locked)

    def _not_checked(self, error: CaseError) -> None:
        self.is_looking = False
        self.changed.emit()
        self._say(error.sentence, "failure")

    def _say(self, sentence: str, look: str = "dim") -> None:
        role(self.counts, look)
        self.counts.setText(sentence)
