"""Answers to requests about models: promoted, taken back, installed, removed. In the child process."""

from __future__ import annotations

from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.training_requests import InstalledModel, InstallModel, InUseLine, ListInUse, Promote, RemoveModel, Undo
from engine.models.in_use import Entry, history, is_current, promote, undo
from engine.models.installing import install, remove
from engine.training.run_folder import run_folder
from engine.training.trainer import finished_model

RUN = "run:"


def answer(request: Any) -> Any:
    """See the requests."""
    match request:
        case Promote():
            entry = promote(request.model, by=request.by, reason=request.reason, comparison=request.comparison)
            return _line(entry)
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


def _line(entry: Entry) -> InUseLine:
    return InUseLine(**vars(entry), current=is_current(entry))
