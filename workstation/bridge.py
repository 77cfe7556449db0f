"""Answers from the jobs' threads reach the widgets here, and only as queued signals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from shiboken6 import isValid

from engine.domain.case import Case
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError
from engine.jobs import (
    BatchService,
    GetFrame,
    ListModels,
    MeasureDoubt,
    OpenFolder,
    SaveTable,
    ScoreCase,
    Service,
    Ticket,
    WhatIf,
)
from engine.jobs.closing import close_side_by_side
from engine.jobs.requests import ExportReadings, MeasureFlow, ScoreMoved
from engine.jobs.run_service import RUN, RunService
from engine.jobs.training import ModelService, StartTraining, TrainingService
from workstation.late_answers import is_heard
from workstation.records import Records

GIB = 2**30
CLOSE_S = 2.5
"""For all that runs together: quitting takes 3 s at most, the window's own part with it."""
RECORDS_S, SHORT_S, LONG_S = 2.0, 1.5, 1.2
"""For what is being saved; for requests, whose answers nobody waits for any more; for a run, which writes the tables of
what it has, or a checkpoint, and is ended then."""
SETTLE_S = 1.0
"""A disk that takes longer to answer is not waited for."""


class _Slip:
    """Remembers the ticket of a request, so that an answer that is no longer wanted is not delivered."""

    ticket: Ticket | None = None

    @property
    def wanted(self) -> bool:
        return self.ticket is None or not self.ticket.superseded


class Bridge(QObject):
    """Requests of the window; every callback runs in the window's thread.

    Parameters
    ----------
    model : name or file of the model that scores; None = the installed one that fits.
    """

    _arrived = Signal(object)

    def __init__(self, *, model: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.device = "auto"
        self._open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        entry = "engine.jobs.decode_entry"
        self.frames = Service(f"{entry}:frames", name="decoder", deadline_s=20, memory_bytes=4 * GIB)
        self.folders = Service(f"{entry}:folders", name="folder reader", deadline_s=60, niceness=5)
        self.engine = Service(
            "engine.jobs.engine_entry:engine", name="engine", deadline_s=120, niceness=3, cancel_grace_s=5
        )
        self.batch = BatchService()
        self.runs: dict[str, RunService] = {"batch": self.batch}
        self._trainer: TrainingService | None = None
        self._models: ModelService | None = None
        self.records = Records()

    def start(self) -> None:
        """Start the children that the first case needs."""
        self.frames.start()
        self.engine.start()

    def open_folder(
        self,
        path: str,
        task: str,
        *,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
        on_progress: Callable[[int, int, Any], None],
    ) -> None:
        slip = _Slip()
        slip.ticket = self.folders.ask(
            OpenFolder(path=path, task=task),
            key="folder",
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
            on_progress=self._across(slip, on_progress),
        )

    def export_readings(
        self, request: ExportReadings, *, on_result: Callable[[Any], None], on_error: Callable[[CaseError], None]
    ) -> None:
        """Answer: `engine.domain.training_export.TrainingExport`."""
        slip = _Slip()
        slip.ticket = self.folders.ask(
            request, key="export", on_result=self._across(slip, on_result), on_error=self._across(slip, on_error)
        )

    def cancel_folder(self) -> None:
        self.folders.cancel("folder")

    def get_frame(
        self,
        path: str,
        index: int,
        *,
        key: object,
        priority: int,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> None:
        slip = _Slip()
        slip.ticket = self.frames.ask(
            GetFrame(path=path, index=index),
            key=key,
            priority=priority,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
        )

    def score(
        self,
        case: Case,
        *,
        key: object,
        priority: int,
        contributions: bool = False,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> None:
        slip = _Slip()
        request = ScoreCase(
            case=case,
            model=self.model,
            device=self.device,
            heatmaps=not contributions,
            contributions=contributions,
        )
        slip.ticket = self.engine.ask(
            request,
            key=key,
            priority=priority,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
        )

    def measure_doubt(
        self,
        case: Case,
        *,
        key: object,
        priority: int,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> None:
        """Answer: `engine.domain.prediction.Doubt`."""
        slip = _Slip()
        slip.ticket = self.engine.ask(
            MeasureDoubt(case=case, model=self.model, device=self.device),
            key=key,
            priority=priority,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
        )

    def what_if(
        self,
        case: Case,
        variants: tuple[Descriptors, ...],
        *,
        parts: tuple[int, ...],
        key: object,
        priority: int,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
        on_part: Callable[[int, int, Any], None],
    ) -> None:
        """`on_part` is called with what is known so far (variants done, all of them, `WhatIfAnswer` or None)."""
        slip = _Slip()
        slip.ticket = self.engine.ask(
            WhatIf(case=case, variants=variants, parts=parts, model=self.model, device=self.device),
            key=key,
            priority=priority,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
            on_progress=self._across(slip, on_part),
        )

    def measure_flow(self, request: MeasureFlow, *, key: object, on_result: Callable[[Any], None]) -> None:
        """Answer: `Flow`. A file that cannot be read is told by its picture."""
        slip = _Slip()
        slip.ticket = self.frames.ask(
            request,
            key=key,
            priority=3,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, lambda error: None),
        )

    def score_moved(
        self,
        cases: tuple[Case, ...],
        *,
        key: object,
        priority: int,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> None:
        slip = _Slip()
        slip.ticket = self.engine.ask(
            ScoreMoved(cases=cases, model=self.model, device=self.device),
            key=key,
            priority=priority,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
        )

    def list_models(
        self, *, on_result: Callable[[Any], None], on_error: Callable[[CaseError], None], key: object = "models"
    ) -> None:
        """The installed models; each place that shows them asks under a key of its own."""
        slip = _Slip()
        slip.ticket = self.engine.ask(
            ListModels(), key=key, on_result=self._across(slip, on_result), on_error=self._across(slip, on_error)
        )

    def run(
        self,
        name: str,
        request: Any,
        *,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
        on_progress: Callable[[int, int, Any], None],
        key: str = RUN,
    ) -> None:
        """Start a long run in a child of its own: one of `runs`; see `RunService`.

        A run of another key waits until the one before is over; one of the same key takes its place.
        """
        if name not in self.runs:
            self.runs[name] = RunService(f"engine.jobs.{name}_entry:{name}", name=name)
        slip = _Slip()
        slip.ticket = self.runs[name].run(
            request,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
            on_progress=self._across(slip, on_progress),
            key=key,
        )

    def stop_run(self, name: str, key: str = RUN) -> None:
        """Cancel it; it is answered within moments."""
        self.runs[name].stop(key)

    def train(
        self,
        request: StartTraining,
        *,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
        on_progress: Callable[[int, int, Any], None],
    ) -> None:
        """Train a run in a child of its own; see `TrainingService`."""
        self._trainer = self._trainer or TrainingService()
        slip = _Slip()
        slip.ticket = self._trainer.train(
            request,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
            on_progress=self._across(slip, on_progress),
        )

    def stop_training(self, run_id: str) -> None:
        """Stop after the step it is in, with a checkpoint."""
        if self._trainer is not None:
            self._trainer.stop(run_id)

    def ask_models(
        self,
        request: Any,
        *,
        key: object,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
        on_progress: Callable[[int, int, Any], None] | None = None,
    ) -> None:
        """Anything about recipes, training data and installed models; see `engine.jobs.training_requests`."""
        self._models = self._models or ModelService()
        slip = _Slip()
        slip.ticket = self._models.ask(
            request,
            key=key,
            on_result=self._across(slip, on_result),
            on_error=self._across(slip, on_error),
            on_progress=None if on_progress is None else self._across(slip, on_progress),
        )

    def save_table(
        self, request: SaveTable, *, on_result: Callable[[Any], None], on_error: Callable[[CaseError], None]
    ) -> None:
        slip = _Slip()
        slip.ticket = self.batch.ask(
            request, key="table", on_result=self._across(slip, on_result), on_error=self._across(slip, on_error)
        )

    def record(
        self,
        work: Callable[[Any], Any],
        *,
        key: object,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> None:
        """Do something with the case database; `work` gets the `ReadingStore` in the records' own thread."""
        slip = _Slip()
        slip.ticket = self.records.ask(
            work, key=key, on_result=self._across(slip, on_result), on_error=self._across(slip, on_error)
        )

    def settle(self, timeout_s: float = SETTLE_S) -> None:
        """Wait until the case database has answered what it was asked, and deliver the answers."""
        self.records.settle(timeout_s)
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    def close(self) -> None:
        """End every job side by side, within `CLOSE_S`; no process is left. What was being saved is finished first."""
        if not self._open:
            return
        self._open = False
        short = [self.engine, self.folders, self.frames, *([self._models] if self._models is not None else [])]
        long = [*self.runs.values(), *([self._trainer] if self._trainer is not None else [])]
        closings: list[Callable[[], object]] = [partial(self.records.close, RECORDS_S)]
        closings += [partial(service.close, SHORT_S) for service in short]
        closings += [partial(run.close, LONG_S) for run in long]
        close_side_by_side(closings, CLOSE_S)

    def _across(self, slip: _Slip, callback: Callable[..., None]) -> Callable[..., None]:
        def post(*answer: Any) -> None:
            if self._open and isValid(self):
                with contextlib.suppress(RuntimeError):  # the window went between these two lines
                    self._arrived.emit((slip, callback, answer))

        return post

    def _deliver(self, letter: tuple[_Slip, Callable[..., None], tuple[Any, ...]]) -> None:
        slip, callback, answer = letter
        if self._open and slip.wanted and is_heard(callback):
            callback(*answer)
