"""Entry of the child process that evaluates models: the same code as `sonofuse evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.evaluation_requests import EvaluateModel, EvaluationEnd


def evaluation() -> Handler:
    """Handler of `EvaluateModel`."""

    def handle(request: Any, context: Context) -> EvaluationEnd:
        if not isinstance(request, EvaluateModel):
            raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)
        context.progress(0, 0, "starting")  # the libraries take a while
        from engine.serving.evaluation.run import report

        written = report(
            model=request.model,
            data=request.data,
            out=Path(request.out),
            against=request.against,
            device=request.device,
            on_progress=lambda step, total, words: context.progress(step, total, words),
        )
        return EvaluationEnd(out=str(written.folder), files=tuple(written.files))

    return handle
