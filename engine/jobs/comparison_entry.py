"""Entry of the child process that compares a candidate: the same code as `sonofuse models promote --run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.evaluation_requests import CompareRun, ComparisonEnd


def comparison() -> Handler:
    """Handler of `CompareRun`."""

    def handle(request: Any, context: Context) -> ComparisonEnd:
        if not isinstance(request, CompareRun):
            raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)
        context.progress(0, 0, "starting")  # the libraries take a while
        from engine.serving.promotion import compare_run
        from engine.training.run_folder import run_folder

        found = compare_run(
            run_folder(request.run_id),
            Path(request.out),
            device=request.device,
            on_progress=lambda step, total, words: context.progress(step, total, words),
        )
        return ComparisonEnd(out=str(found.out), judged=found.judged)

    return handle
