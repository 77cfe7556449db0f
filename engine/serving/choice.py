"""Which installed model scores which case, and why another one is not scored."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.models.card import ModelCard
from engine.models.files import ModelFile, find_model, installed_models, is_shipped
from engine.models.in_use import in_use

_PRESETS = {"recommended": 0, "faithful": 1, "tiny": 2}


def choose_model(cases: Sequence[Case], task: Task, named: str | None = None, *, without_sha256: str = "") -> ModelFile:
    """The named model, else the installed one that fits these cases best.

    What a person promoted for the task comes first, see `engine.models.in_use`. Then come the models that are shipped
    with the program: one that a person trained or installed, but never promoted, is taken only where no shipped one can
    score all cases. Then, models for real images come first; a model that was trained on simulated images only is taken
    when some of the cases are simulated (`why_not` then tells which are not scored). Among equals: the most modalities
    of the task, then the preset. Where all cases are simulated, the most modalities come before anything but that.

    Parameters
    ----------
    without_sha256 : as if the model with these weights were not installed.

    Raises
    ------
    CaseError
        MODEL: no such model, or none that fits; INVALID: the named model answers another question.
    """
    if named is not None:
        file = find_model(named)
        if file.card.task != task.name:
            raise CaseError(
                ErrorKind.INVALID,
                f"The model {file.card.name} is for the task {file.card.task}, these cases are for {task.name}. "
                "Choose another model or another task.",
            )
        return file
    fitting = [f for f in installed_models() if f.card.task == task.name and f.card.sha256 != without_sha256]
    usable = [f for f in fitting if not f.card.simulated_only or any(c.simulated for c in cases)]
    promoted = _promoted(cases, task, without_sha256)
    if promoted is not None:
        return promoted
    if usable:
        simulated = all(c.simulated for c in cases) and len(cases) > 0
        return min(usable, key=lambda f: _place(f, simulated))
    raise CaseError(ErrorKind.MODEL, no_model_sentence(task, [f.card for f in fitting]))


def opponent(card: ModelCard, task: Task) -> ModelFile | None:
    """The model that this one would take the place of: what the cases it is for are scored by without it.

    None where nothing else fits them.
    """
    case = Case(case_id="any", task=task.name, simulated=card.simulated_only)
    with contextlib.suppress(CaseError):
        return choose_model([case], task, without_sha256=card.sha256)
    return None


def _promoted(cases: Sequence[Case], task: Task, without_sha256: str) -> ModelFile | None:
    simulated = [case.simulated for case in cases]
    kinds = (True, False) if simulated and all(simulated) else (False, True) if any(simulated) else (False,)
    found = (in_use(task.name, simulated=kind) for kind in kinds)
    return next((file for file in found if file is not None and file.card.sha256 != without_sha256), None)


def likely_size(task: Task, named: ModelFile | None, *, simulated: bool) -> int:
    """Input size of the model that cases of this kind alone would be scored by, 0 where there is none."""
    with contextlib.suppress(CaseError):
        model = named or choose_model([Case(case_id="any", task=task.name, simulated=simulated)], task)
        return model.card.input_size
    return 0


def why_not(card: ModelCard, case: Case, named: str | None) -> str | None:
    """Why this case is not scored by this model, as a sentence; None when it is. Naming a model overrules."""
    if card.simulated_only and not case.simulated and named is None:
        return (
            f"Not scored: no model for real images is installed, and {card.name} was trained on simulated images only. "
            "Install a model for real images, or name this one explicitly for a trial."
        )
    return None


def no_model_sentence(task: Task, fitting: Sequence[ModelCard]) -> str:
    """What to tell when no model may be used."""
    if fitting:
        names = ", ".join(c.name for c in fitting)
        return (
            f"Not scored: no model for real images is installed for the task {task.name}; {names} was trained on "
            "simulated images only. Install a model for real images, or name this one explicitly for a trial."
        )
    return f"Not scored: no model for the task {task.name} is installed. Install or train one."


def _place(file: ModelFile, all_simulated: bool) -> tuple[bool, bool, int, bool, int, int, str]:
    card = file.card
    some_only = card.simulated_only and not all_simulated
    return some_only, not is_shipped(file), -len(card.modalities_used) if all_simulated else 0, *_rank(card)


def _rank(card: ModelCard) -> tuple[bool, int, int, str]:
    return card.simulated_only, -len(card.modalities_used), _PRESETS.get(card.preset, 3), card.name
