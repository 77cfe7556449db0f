"""One batch run as the window knows it: running, how far, what came, how it ended."""

from __future__ import annotations

import time
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs import BatchEnd, BatchLine, BatchStep
from workstation.batch.pace import Pace, duration
from workstation.batch.plan import Plan
from workstation.bridge import Bridge
from workstation.words import tr, trn

SCORING = "scoring"
SHOW_EVERY_MS = 200


class Phase(StrEnum):
    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"


class BatchRun(QObject):
    """Starts and stops runs and tells what happens, at most every 200 ms.

    Signals
    -------
    changed : phase or progress. lines_came : (list of (number, BatchLine)). ended : (BatchEnd). failed : (sentence).

    Attributes
    ----------
    step, total : cases done and to do, 0 of 0 while that is not known.
    words : what is being done, with rate and time left.
    """

    changed = Signal()
    lines_came = Signal(list)
    ended = Signal(object)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._pace = Pace()
        self._waiting: list[tuple[int, BatchLine]] = []
        self._reading = ""
        self.phase = Phase.IDLE
        self.plan: Plan | None = None
        self.step = self.total = 0
        self._tick = QTimer(self, interval=SHOW_EVERY_MS)
        self._tick.timeout.connect(self._tell)

    @property
    def is_on(self) -> bool:
        return self.phase is not Phase.IDLE

    @property
    def words(self) -> str:
        if self.phase is Phase.STOPPING:
            return tr("Stopping; what is scored so far is being written …")
        if self._reading:
            return self._reading
        count = tr("{step} of {total} cases", step=self.step, total=self.total)
        pace = self._pace.words(time.monotonic())
        return f"{count}, {pace}" if pace else count

    def start(self, plan: Plan) -> None:
        if self.is_on:
            return
        self.plan, self.phase = plan, Phase.RUNNING
        self.step = self.total = 0
        self._reading = tr("Starting …")
        self._pace.restart()
        self._tick.start()
        self._bridge.run(
            "batch",
            plan.request(self._bridge.device),
            on_result=self._over,
            on_error=self._went_wrong,
            on_progress=self._progress,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Stop within a second or so; what is scored stays."""
        if self.phase is Phase.RUNNING:
            self.phase = Phase.STOPPING
            self._bridge.stop_run("batch")
            self.changed.emit()

    def _progress(self, step: int, total: int, note: BatchStep) -> None:
        if note.line is not None:
            self._waiting.append((note.index, note.line))
        elif note.phase == SCORING:
            self._reading = ""
            self.step, self.total = step, total
            self._pace.step(step, total, time.monotonic())
        elif total:
            self.step, self.total = step, total
            self._reading = tr("Reading the files: {step} of {total}", step=step, total=total)

    def _tell(self) -> None:
        if self._waiting:
            lines, self._waiting = self._waiting, []
            self.lines_came.emit(lines)
        self.changed.emit()

    def _over(self, end: BatchEnd) -> None:
        self._stop()
        self.ended.emit(end)

    def _went_wrong(self, error: CaseError) -> None:
        self._stop()
        cancelled = error.kind is ErrorKind.STOPPED and error.sentence == "Cancelled."
        if cancelled:
            self.failed.emit(tr("Cancelled before the results could be written. Start again to go on from there."))
        elif error.kind is ErrorKind.STOPPED:
            self.failed.emit(
                tr("{sentence} What was scored is kept: start again to go on from there.", sentence=error.sentence)
            )
        else:
            self.failed.emit(error.sentence)

    def _stop(self) -> None:
        self._tick.stop()
        self.phase = Phase.IDLE
        self._tell()


def end_words(end: BatchEnd) -> str:
    """How a run ended, for the person."""
    words = (
        tr(
            "{sentence} {duration} with {model}.",
            sentence=end.sentence,
            duration=duration(end.seconds),
            model=end.model,
        )
        if end.model
        else end.sentence
    )
    if end.refused:
        words += " " + trn(
            "{n} file was not opened; refusals.csv says why.",
            "{n} files were not opened; refusals.csv says why.",
            end.refused,
        )
    if end.first_reason and not end.cancelled and not end.scored:
        words += f" {end.first_reason}"
    return words
