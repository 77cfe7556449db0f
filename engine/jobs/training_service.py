"""The service that trains: a child of low priority, there only while a run is trained; runs wait in their folders."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import RunState
from engine.jobs.service import OnProgress, Service
from engine.jobs.training_requests import StartTraining
from engine.jobs.worker import OnError, Ticket, Worker

ENTRY = "engine.jobs.training_entry:training"
NICENESS = 10
DEADLINE_S = 3600.0
"""Seconds without a word: a single step of a large system, or the hash of a large archive, may take long."""
CANCEL_GRACE_S = 180.0
"""A run that is stopped ends the step it is in and writes a checkpoint."""


class TrainingService(Service):
    """One run at a time; the next one is started by who sees the end of the one before, see `next_queued`.

    The child is ended after each run, so that no memory is held. When the window is closed, the run is asked to stop
    and, after a moment, ended; it goes on from its last checkpoint another day.
    """

    def __init__(self) -> None:
        super().__init__(
            ENTRY, name="training", deadline_s=DEADLINE_S, niceness=NICENESS, cancel_grace_s=CANCEL_GRACE_S
        )

    def train(
        self,
        request: StartTraining,
        *,
        on_result: Callable[[RunState], None],
        on_error: OnError,
        on_progress: OnProgress,
    ) -> Ticket:
        """Train a run. A stopped or failed one is answered by its `RunState`, too, which says so.

        Parameters
        ----------
        on_progress : with (step, steps, `RunState` or None), about once a second.
        """
        answered = False

        def work(ticket: Ticket) -> None:
            nonlocal answered

            def progress(step: int, total: int, note: Any) -> None:
                if ticket.cancelled:
                    self._child.cancel()  # the first word may have come before the child had the request
                elif not ticket.superseded:
                    on_progress(step, total, note)

            self._child.start()
            if ticket.cancelled:
                raise CaseError(ErrorKind.STOPPED, "Cancelled.")
            end = self._child.call(request, on_progress=progress)
            if not ticket.superseded:
                answered = True
                on_result(end)

        def failed(error: CaseError) -> None:
            if not answered:
                on_error(error)

        return self.submit(work, key=request.run_id, on_result=lambda _: None, on_error=failed)

    def stop(self, run_id: str) -> None:
        """Stop after the step it is in, with a checkpoint."""
        self.cancel(run_id)

    def begin_close(self) -> None:
        if not self._closed:
            Worker.begin_close(self)
            self._child.cancel()

    def close(self, timeout_s: float = 2.0) -> bool:
        self.begin_close()
        give_up = time.monotonic() + timeout_s
        while self._thread.is_alive() and self._child.pid is not None and time.monotonic() < give_up:
            self._thread.join(0.05)
        while self._thread.is_alive() and time.monotonic() < give_up + 1.0:
            self._child.close()  # again, for a child that was being started in the moment of closing
            self._thread.join(0.05)
        self._child.close()
        return not self._thread.is_alive()

    def _after(self, ticket: Ticket) -> None:
        self._child.kill()


class ModelService(Service):
    """Everything else about training and models: recipes, data checks, new runs, promotion, installing."""

    def __init__(self) -> None:
        super().__init__(ENTRY, name="models", deadline_s=600.0, niceness=NICENESS // 2)
