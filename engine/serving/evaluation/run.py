"""``sonofuse evaluate --out``: score the cases, judge the answers, write numbers, figures and documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.evaluation.judgement import Judgement, judge
from engine.evaluation.scored import ScoredCases
from engine.evaluation.versus import Versus, versus
from engine.models.files import ModelFile, find_model
from engine.models.in_use import in_use
from engine.serving.devices import choose_device
from engine.serving.evaluate import evaluation_of
from engine.serving.evaluation.fold_maps import fold_maps, fold_model
from engine.serving.evaluation.predictions import read_predictions
from engine.serving.evaluation.progress import Parts, Progress
from engine.serving.evaluation.randomisation import randomisation
from engine.serving.evaluation.scoring import promised_by, scored_cases
from engine.serving.evaluation.worse_inputs import worse_inputs
from engine.serving.evaluation.written import Report, written
from engine.training.cases import LabelledCases
from engine.training.sources import load_cases

PICTURE = 224
"""Side in pixels of the gallery's pictures where no model tells one."""


def report(
    *,
    data: str,
    out: Path,
    model: str | ModelFile | None = None,
    against: str | ModelFile | None = None,
    predictions: Path | None = None,
    task: str = "breast_lesion",
    fold: int | None = None,
    device: str = "auto",
    workers: int = 1,
    batch_size: int = 64,
    robustness: bool = False,
    on_cases: Callable[[LabelledCases], None] | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Evaluate a model, or the predictions of a table, and write everything.

    Parameters
    ----------
    data : ``phantom:N:SEED``, labelled folder, manifest, or several joined by `` + ``. out : folder of the report.
    model, against : name or path as for `find_model`; `against` is compared on the same cases, None = the model in use
        for the task, if there is one and it is another, "" = no other. `against` may be a table of predictions, too.
    predictions : table of `engine.serving.evaluation.predictions`; it stands in the model's place, and temperature and
        operating point come from `model` where one is named. task : asked for where no model tells it.
    fold : only the cases that the data set itself puts into this fold. robustness : also run the model on worse inputs,
        up to 40 more passes. on_progress : hears (done, of how many, what is being done) of each phase in turn.
    on_cases : called with the cases before anything is run; what it raises ends the report.

    Raises
    ------
    CaseError
        The model or the data cannot be used, all cases have the same answer, or the folder cannot be written.
    """
    file = find_model(model) if isinstance(model, str) else model
    if file is None and predictions is None:
        raise CaseError(ErrorKind.INVALID, "Name a model, or a table of predictions.")
    if robustness and (file is None or predictions is not None):
        raise CaseError(ErrorKind.INVALID, "Worse inputs have to be run: name a model, without a table of predictions.")
    place = choose_device(device).kind
    known = load_task(task if file is None else file.card.task)
    folds_model = None if predictions is None else fold_model(predictions.parent, known)
    size = PICTURE if folds_model is None else folds_model.input_size
    size = size if file is None else file.card.input_size
    cases = _only(load_cases(data, known, size, workers=workers, on_progress=on_progress, masks=True), fold)
    if on_cases is not None:
        on_cases(cases)

    def run(one: ModelFile, its_cases: LabelledCases) -> ScoredCases:
        def said(done: int) -> None:
            if on_progress:
                on_progress(done, len(its_cases), f"running {one.card.name}")

        said(0)
        return scored_cases(one, its_cases, data=data, device=place, batch_size=batch_size, on_batch=said)

    def mapped(done: int) -> None:
        if on_progress:
            on_progress(done, len(cases), "mapping the evidence")

    if predictions is None:
        assert file is not None
        scored = run(file, cases)
    else:
        scored, cases = read_predictions(predictions, cases, data=data, **_of_card(file))
        if folds_model is not None:
            maps = fold_maps(
                predictions.parent, cases, scored.folds, scored.present, temperature=scored.temperature, on_batch=mapped
            )
            scored = replace(scored, maps=maps)
        if file is not None:
            scored = replace(scored, **promised_by(file.card, scored))
    others = []
    if isinstance(against, str) and against.endswith(".csv"):
        theirs, _ = read_predictions(Path(against), cases, data=data, **_of_card(file))
        others.append(_versus(scored, replace(theirs, model=Path(against).stem.replace("_", " "))))
        against = None  # the model in use beside it
    other = _other(against, file, cases)
    if other is not None:
        same = cases
        if other.card.input_size != size:
            same = _only(load_cases(data, known, other.card.input_size, workers=workers, on_progress=on_progress), fold)
        others.append(_versus(scored, run(other, same)))
    ran = file if predictions is None else None
    counting = Parts(2, on_progress)
    counting.begin("counting figures and intervals")
    judgement = judged(scored, tuple(others))
    counting.begin("counting subsets of modalities")
    evaluation = None if ran is None else evaluation_of(ran, scored, cases.left_out)

    def checked(done: int, total: int) -> None:
        if on_progress:
            on_progress(done, total, "checking maps with random weights")

    return written(
        scored,
        judgement,
        out,
        cases=cases,
        card=None if ran is None else ran.card,
        evaluation=evaluation,
        check=None if ran is None else randomisation(ran, cases, device=place, on_pass=checked),
        robustness=worse_inputs(file, cases, scored, device=place, batch_size=batch_size, on_pass=on_progress)
        if robustness and file is not None
        else (),
        on_progress=on_progress,
    )


def _only(cases: LabelledCases, fold: int | None) -> LabelledCases:
    if fold is None:
        return cases
    rows = np.flatnonzero(cases.folds == fold)
    if not len(rows):
        raise CaseError(ErrorKind.INVALID, f"The data set has no case in fold {fold}.")
    return cases.only(rows)


def _of_card(file: ModelFile | None) -> dict[str, Any]:
    if file is None:
        return {}
    return {"model": file.card.name, "temperature": file.card.temperature, "threshold": file.card.threshold}


def _other(against: str | ModelFile | None, file: ModelFile | None, cases: LabelledCases) -> ModelFile | None:
    """The model to compare with: the one that is named, else the one in use, unless it is the same."""
    if isinstance(against, ModelFile):
        return against
    if against is not None:
        return find_model(against) if against else None
    used = in_use(cases.task.name, simulated=cases.simulated)
    return None if used is None or (file is not None and used.card.sha256 == file.card.sha256) else used


def judged(scored: ScoredCases, against: tuple[Versus, ...] = ()) -> Judgement:
    """`engine.evaluation.judgement.judge`, told in a sentence where it cannot be done."""
    try:
        return judge(scored, against=against)
    except ValueError as error:
        raise CaseError(
            ErrorKind.INVALID, f"These cases cannot be reported on: {error}. Add cases of the other class.", str(error)
        ) from error


def _versus(scored: ScoredCases, other: ScoredCases) -> Versus:
    try:
        return versus(scored, other)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"The two models cannot be compared: {error}.", str(error)) from error
