"""The service that trains: a child of low priority, there only while a run is trained; runs wait in their folders."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.training import RunState
from engine.jobs.run_service import NICENESS, RunService
from engine.jobs.service import OnProgress, Service
from engine.jobs.training_requests import StartTraining
from engine.jobs.worker import OnError, Ticket

ENTRY = "engine.jobs.training_entry:training"
DEADLINE_S = 3600.0
"""Seconds without a word: a single step of a large system, or the hash of a large archive, may take long."""
CANCEL_GRACE_S = 180.0
"""A run that is stopped ends the step it is in and writes a checkpoint."""


class TrainingService(RunService):
    """One run at a time; the next one is started by who sees the end of the one before, see `next_queued`.

    When the window is closed, the run is asked to stop and, after a moment, ended; it goes on from its last checkpoint
    another day. `stop(run_id)` stops after the step it is in, with a checkpoint.
    """

    def __init__(self) -> None:
        super().__init__(ENTRY, name="training", deadline_s=DEADLINE_S, cancel_grace_s=CANCEL_GRACE_S)

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
        return self.run(request, on_result=on_result, on_error=on_error, on_progress=on_progress, key=request.run_id)


class ModelService(Service):
    """Everything else about training and models: recipes, data checks, new runs, promotion, installing."""

    def __init__(self) -> None:
        super().__init__(ENTRY, name="models", deadline_s=600.0, niceness=NICENESS // 2)
