"""The service that scores whole folders."""

from __future__ import annotations

from engine.jobs.run_service import RunService


class BatchService(RunService):
    """Requests: `ScoreFolder`, answered by `BatchEnd`; `SaveTable`."""

    def __init__(self) -> None:
        super().__init__("engine.jobs.batch_entry:batch", name="batch run")
