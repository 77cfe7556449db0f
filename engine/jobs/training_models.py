"""Answers to requests about models: promoted, taken back, installed, removed. In the child process."""

from __future__ import annotations

from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.training_requests import (
    FindOpponent,
    InstalledModel,
    InstallModel,
    InUseLine,
    ListInUse,
    PromoteRun,
    RemoveModel,
    Undo,
)
from engine.models.files import find_model
from engine.models.in_use import Entry, history, is_current, undo
from engine.models.installing import install, remove
from engine.training.run_folder import run_folder
from engine.training.trainer import finished_model

RUN = "run:"


def answer(request: Any) -> Any:
    """See the requests."""
    match request:
        case PromoteRun():
            return _promoted(request)
        case FindOpponent():
            return _opponent(request)
        case Undo():
            return _line(undo(request.task, simulated=request.simulated, by=request.by, reason=request.reason))
        case ListInUse():
            return tuple(_line(entry) for entry in history())
        case InstallModel():
            return _installed(request)
        case RemoveModel():
            remove(request.name)
            return request.name
    raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)


def _installed(request: InstallModel) -> InstalledModel:
    source = request.source
    if source.startswith(RUN):
        source = str(finished_model(run_folder(source.removeprefix(RUN))))
    card = install(source, name=request.name).card
    return InstalledModel(
        name=card.name,
        task=card.task,
        sha256=card.sha256,
        simulated_only=card.simulated_only,
        figures=dict(card.metrics),
    )


def _promoted(request: PromoteRun) -> InUseLine:
    from engine.serving.promotion import promote_run  # brings the libraries of the reports

    run = run_folder(request.run_id)
    return _line(promote_run(run, by=request.by, reason=request.reason, comparison=request.comparison))


def _opponent(request: FindOpponent) -> str:
    from engine.serving.promotion import candidate, opponent_of

    of_run = request.model.startswith(RUN)
    file = candidate(run_folder(request.model.removeprefix(RUN))) if of_run else find_model(request.model)
    return opponent_of(file)


def _line(entry: Entry) -> InUseLine:
    return InUseLine(**vars(entry), current=is_current(entry))
