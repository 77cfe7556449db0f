"""``sonofuse evaluate --out``: score the cases, judge the answers, write numbers, figures and documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engine
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import load_task
from engine.evaluation.json_table import plain
from engine.evaluation.judgement import Judgement, judge
from engine.evaluation.projection import projected
from engine.evaluation.scored import ScoredCases
from engine.evaluation.versus import Versus, versus
from engine.models.files import ModelFile, find_model
from engine.serving.devices import choose_device
from engine.serving.evaluate import Evaluation, evaluation_of
from engine.serving.evaluation.case_table import CASES_FILE, case_table
from engine.serving.evaluation.scoring import scored_cases
from engine.training.sources import load_cases

Progress = Callable[[int, int, str], None]

METRICS_FILE = "metrics.json"
FORMAT = 1
USE = "Research use, not a medical device."


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was written: the folder, the numbers, and the table of subsets where a model was run."""

    folder: Path
    scored: ScoredCases
    judgement: Judgement
    evaluation: Evaluation | None = None
    files: tuple[str, ...] = ()


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
    scored, left_out = _scored(file, data, on_progress=on_progress, **options)
    others = []
    if against is not None:
        other, _ = _scored(find_model(against), data, on_progress=on_progress, **options)
        others.append(_versus(scored, other))
    judgement = judged(scored, tuple(others))
    evaluation = evaluation_of(file, scored, left_out)
    return written(scored, judgement, out, evaluation=evaluation, on_progress=on_progress)


def judged(scored: ScoredCases, against: tuple[Versus, ...] = ()) -> Judgement:
    """`engine.evaluation.judgement.judge`, told in a sentence where it cannot be done."""
    try:
        return judge(scored, against=against)
    except ValueError as error:
        raise CaseError(
            ErrorKind.INVALID, f"These cases cannot be reported on: {error}. Add cases of the other class.", str(error)
        ) from error


def written(
    scored: ScoredCases,
    judgement: Judgement,
    out: Path,
    *,
    evaluation: Evaluation | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Write the report's files; ``metrics.json`` comes last, so that a folder which has it is complete."""
    projection = None if scored.fused is None else projected(scored.fused)
    write_atomically(out / CASES_FILE, case_table(scored, judgement, projection))
    files = (CASES_FILE, METRICS_FILE)
    table = {
        "format": FORMAT,
        "use": USE,
        "version": engine.__version__,
        **judgement.as_table(),
        **({} if evaluation is None else evaluation.as_table()),
        "files": list(files),
    }
    text = json.dumps(plain(table), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(out / METRICS_FILE, text.encode())
    return Report(folder=out, scored=scored, judgement=judgement, evaluation=evaluation, files=files)


def _scored(
    file: ModelFile, data: str, *, device: str, workers: int, batch_size: int, on_progress: Progress | None
) -> tuple[ScoredCases, tuple[str, ...]]:
    task = load_task(file.card.task)
    cases = load_cases(data, task, file.card.input_size, workers=workers, on_progress=on_progress)

    def said(done: int) -> None:
        if on_progress:
            on_progress(done, len(cases), f"running {file.card.name}")

    scored = scored_cases(file, cases, data=data, device=device, batch_size=batch_size, on_batch=said)
    return scored, cases.left_out


def _versus(scored: ScoredCases, other: ScoredCases) -> Versus:
    try:
        return versus(scored, other)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"The two models cannot be compared: {error}.", str(error)) from error
