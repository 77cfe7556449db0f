"""``sonofuse evaluate --out``: score the cases, judge the answers, write numbers, figures and documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.evaluation.judgement import Judgement, judge
from engine.evaluation.scored import ScoredCases
from engine.evaluation.versus import Versus, versus
from engine.models.files import ModelFile, find_model
from engine.serving.devices import choose_device
from engine.serving.evaluate import evaluation_of
from engine.serving.evaluation.randomisation import randomisation
from engine.serving.evaluation.scoring import scored_cases
from engine.serving.evaluation.written import Report, written
from engine.training.cases import LabelledCases
from engine.training.sources import load_cases

Progress = Callable[[int, int, str], None]


def report(
    *,
    model: str | ModelFile,
    data: str,
    out: Path,
    against: str | None = None,
    device: str = "auto",
    workers: int = 1,
    batch_size: int = 64,
    on_progress: Progress | None = None,
) -> Report:
    """Evaluate a model and write everything.

    Parameters
    ----------
    model, against : name or path as for `find_model`; `against` is compared on the same cases.
    data : ``phantom:N:SEED``, labelled folder or manifest. out : folder of the report.

    Raises
    ------
    CaseError
        The model or the data cannot be used, all cases have the same answer, or the folder cannot be written.
    """
    file = find_model(model) if isinstance(model, str) else model
    place = choose_device(device).kind
    options: dict[str, Any] = {"device": place, "workers": workers, "batch_size": batch_size}
    scored, cases = _scored(file, data, on_progress=on_progress, **options)
    others = []
    if against is not None:
        other, _ = _scored(find_model(against), data, on_progress=on_progress, **options)
        others.append(_versus(scored, other))
    judgement = judged(scored, tuple(others))
    if on_progress:
        on_progress(len(cases), len(cases), "judging heatmaps")
    return written(
        scored,
        judgement,
        out,
        cases=cases,
        card=file.card,
        evaluation=evaluation_of(file, scored, cases.left_out),
        check=randomisation(file, cases, device=place),
    )


def judged(scored: ScoredCases, against: tuple[Versus, ...] = ()) -> Judgement:
    """`engine.evaluation.judgement.judge`, told in a sentence where it cannot be done."""
    try:
        return judge(scored, against=against)
    except ValueError as error:
        raise CaseError(
            ErrorKind.INVALID, f"These cases cannot be reported on: {error}. Add cases of the other class.", str(error)
        ) from error


def _scored(
    file: ModelFile, data: str, *, device: str, workers: int, batch_size: int, on_progress: Progress | None
) -> tuple[ScoredCases, LabelledCases]:
    task = load_task(file.card.task)
    cases = load_cases(data, task, file.card.input_size, workers=workers, on_progress=on_progress, masks=True)

    def said(done: int) -> None:
        if on_progress:
            on_progress(done, len(cases), f"running {file.card.name}")

    scored = scored_cases(file, cases, data=data, device=device, batch_size=batch_size, on_batch=said)
    return scored, cases


def _versus(scored: ScoredCases, other: ScoredCases) -> Versus:
    try:
        return versus(scored, other)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"The two models cannot be compared: {error}.", str(error)) from error
