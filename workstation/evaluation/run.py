"""One evaluation, or the comparison of a candidate, as the window knows it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.evaluation_requests import CompareRun, ComparisonEnd, EvaluateModel, EvaluationEnd
from engine.jobs.run_service import RUN
from workstation.bridge import Bridge
from workstation.words import tr


class EvaluationRun(QObject):
    """Starts and stops it.

    Parameters
    ----------
    service, key : of the bridge's runs: those of one service and key take each other's place.

    Signals
    -------
    changed : state or progress. ended : (EvaluationEnd or ComparisonEnd). failed : (sentence).

    Attributes
    ----------
    words : what is being done; step, total: how far, 0 of 0 while that is not known.
    """

    changed = Signal()
    ended = Signal(object)
    failed = Signal(str)

    def __init__(
        self, bridge: Bridge, parent: QObject | None = None, *, service: str = "evaluation", key: str = RUN
    ) -> None:
        super().__init__(parent)
        self._bridge, self._service, self._key = bridge, service, key
        self.is_on = False
        self.words = ""
        self.step = self.total = 0

    @property
    def device(self) -> str:
        """Where models run, by the preferences."""
        return self._bridge.device

    def start(self, request: EvaluateModel | CompareRun) -> None:
        if self.is_on:
            return
        self.is_on, self.words, self.step, self.total = True, tr("Starting …"), 0, 0
        self._bridge.run(
            self._service,
            request,
            key=self._key,
            on_result=self._over,
            on_error=self._went_wrong,
            on_progress=self._progress,
        )
        self.changed.emit()

    def cancel(self) -> None:
        if self.is_on:
            self.words = tr("Stopping …")
            self._bridge.stop_run(self._service, self._key)
            self.changed.emit()

    def _progress(self, step: int, total: int, words: str) -> None:
        self.step, self.total = step, total
        self.words = tr("{words}: {step} of {total}", words=words, step=step, total=total) if total else words
        self.changed.emit()

    def _over(self, end: EvaluationEnd | ComparisonEnd) -> None:
        self.is_on = False
        self.changed.emit()
        self.ended.emit(end)

    def _went_wrong(self, error: CaseError) -> None:
        self.is_on = False
        self.changed.emit()
        cancelled = error.kind is ErrorKind.STOPPED and error.sentence == "Cancelled."
        self.failed.emit(tr("Cancelled; no report was written.") if cancelled else error.sentence)
