"""Training runs as the window handles them: one trains, others wait, all are kept in their folders."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import RunPhase, RunState
from engine.jobs.training import NewRun, StartTraining, next_queued, runs, state_of, stop
from workstation.bridge import Bridge
from workstation.words import tr

LOOK_MS = 1000


class TrainingQueue(QObject):
    """Starts and stops runs; when one ends the next one that waits begins.

    Signals
    -------
    changed : some run stands elsewhere. added : (run id). failed : (sentence).
    """

    changed = Signal()
    added = Signal(str)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._again = ""
        self._broken: set[str] = set()
        self.running = ""
        self.is_stopping = False
        # a coarse timer would be put together with those of the reading page, to stop it for longer
        self._look = QTimer(self, interval=LOOK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._look.timeout.connect(self.changed)

    @property
    def is_on(self) -> bool:
        return bool(self.running)

    def all(self) -> tuple[RunState, ...]:
        """All runs, newest first."""
        return runs()

    def add(self, request: NewRun) -> None:
        """Make a run; it starts when no other one is on."""
        self._bridge.ask_models(request, key="new run", on_result=self._made, on_error=self._went_wrong)

    def start(self, run_id: str) -> None:
        """Train it now, or go on with it."""
        if self.running == run_id:  # its files say "stopped", and its process is about to end
            self._again = run_id if self.is_stopping else ""
            return
        if self.running:
            self.failed.emit(tr("Another run is training. This one stays in the queue."))
            return
        self.running = run_id
        self._bridge.train(
            StartTraining(run_id=run_id, device=self._bridge.device),
            on_result=self._over,
            on_error=self._broke,
            on_progress=lambda step, total, note: None,  # the run's own folder tells more
        )
        self._look.start()
        self.changed.emit()

    @property
    def waiting(self) -> RunState | None:
        """The run whose turn it is, None where none waits or one is training, here or in another program.

        One whose process broke off before it began is not tried again by itself; Start does that.
        """
        if self.running:
            return None
        try:
            return next_queued(self._broken)
        except CaseError as error:
            self.failed.emit(error.sentence)
            return None

    def start_next(self) -> None:
        """Begin the run that has waited longest, unless one is on."""
        waiting = self.waiting
        if waiting is not None:
            self.start(waiting.run_id)

    def stop(self, run_id: str) -> None:
        """Stop it after the step it is in; its checkpoint is kept."""
        try:
            stop(run_id)
        except CaseError as error:
            self.failed.emit(error.sentence)
        if run_id == self.running:
            self.is_stopping = True
            self._bridge.stop_training(run_id)
        self.changed.emit()

    def _made(self, state: RunState) -> None:
        self.added.emit(state.run_id)
        self.start_next()
        self.changed.emit()

    def _over(self, state: RunState) -> None:
        self._ended()
        if self._again:
            self._start_again()
        elif state.state is not RunPhase.STOPPED:  # whoever stopped one wants quiet
            self.start_next()

    def _broke(self, error: CaseError) -> None:
        """Its process died or could not be started: that is told, and the next run begins."""
        self._broken.add(self.running)
        self._ended()
        if self._again:
            self._start_again()
        elif error.kind is not ErrorKind.STOPPED or error.sentence != "Cancelled.":
            self.failed.emit(error.sentence)
            self.start_next()

    def _start_again(self) -> None:
        again, self._again = self._again, ""
        self.start(again)

    def _went_wrong(self, error: CaseError) -> None:
        self.failed.emit(error.sentence)

    def _ended(self) -> None:
        self.running, self.is_stopping = "", False
        self._look.stop()
        self.changed.emit()


def state_or_none(run_id: str) -> RunState | None:
    """One run, None when its folder is gone."""
    try:
        return state_of(run_id)
    except CaseError:
        return None
