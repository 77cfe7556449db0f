"""What a source of labelled cases holds, told before training. In the child process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from engine.data.checks import check
from engine.data.locked_cases import IMAGE, check_locked
from engine.data.named_folds import FOLD
from engine.data.places import cache_folder
from engine.data.several_sources import open_sources, source_names
from engine.domain.case import Case, StudyFolder
from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.domain.training import Problem
from engine.jobs.training_requests import DataReport
from engine.training.sources import phantom_source

OnProgress = Callable[[int, int, str], None]
CHECKED_SIZE = 128


def report(
    data: str, task_name: str, on_progress: OnProgress, *, locked: str = "", size: int = CHECKED_SIZE
) -> DataReport:
    """Counts and problems; raises `CaseError` when a source cannot be opened.

    Parameters
    ----------
    locked : source of locked test cases, checked too and for what they share with the data; "" = none.
    size : side of the prepared images; with that of the later training each image is decoded once for both.
    """
    task = load_task(task_name)
    names = source_names(data)
    phantoms = [found for name in names if (found := phantom_source(name)) is not None]
    folder = _opened(names, task_name, on_progress)
    cases: list[Case] = []
    problems: tuple[Problem, ...] = ()
    if folder is not None:
        cases = [case for case in folder.cases if case.label is not None]
        problems = check(folder, size=size, cache=cache_folder(), on_progress=on_progress)
    n_locked, of_locked = _locked(locked, names, folder, task_name, size, on_progress) if locked else (0, ())
    simulated = sum(n for n, _ in phantoms)
    return DataReport(
        data=data,
        task=task_name,
        n=len(cases) + simulated,
        patients=len({case.patient_id or case.study_uid or case.case_id for case in cases}) + simulated,
        classes={c: sum(case.label == c for case in cases) for c in task.classes},
        modalities=_modalities(cases, task, simulated),
        simulated=bool(names) and all(case.simulated for case in cases),
        folds=len({case.facts.get(FOLD, "") for case in cases} - {""}),
        problems=(*problems, *of_locked),
        locked=locked,
        n_locked=n_locked,
    )


def _opened(names: Sequence[str], task_name: str, on_progress: OnProgress) -> StudyFolder | None:
    """What of the sources are files, None where all are simulated."""
    folders = [name for name in names if phantom_source(name) is None]
    return open_sources(folders, task=task_name, on_progress=on_progress) if folders else None


def _locked(
    locked: str, names: Sequence[str], training: StudyFolder | None, task: str, size: int, on_progress: OnProgress
) -> tuple[int, tuple[Problem, ...]]:
    """Number of locked cases and their problems. Simulated cases of one seed are the same cases."""
    sources = source_names(locked)
    phantoms = [found for name in sources if (found := phantom_source(name)) is not None]
    seeds = {found[1] for name in names if (found := phantom_source(name)) is not None}
    told: list[Problem] = []
    if any(seed in seeds for _, seed in phantoms):
        sentence = "Locked and training cases are simulated with the same seed, so they are the same cases."
        told.append(Problem(kind=IMAGE, sentence=f"{sentence} Give the locked ones another seed.", blocks=True))
    folder = _opened(sources, task, on_progress)
    n = sum(n for n, _ in phantoms)
    if folder is not None:
        told += check_locked(folder, training, size=size, cache=cache_folder(), on_progress=on_progress)
        n += sum(case.label is not None for case in folder.cases)
    return n, tuple(told)


def _modalities(cases: list[Case], task: Task, simulated: int) -> dict[str, int]:
    counts = Counter(m for case in cases for m in case.images)
    found = {m: counts[m] + simulated for m in task.images}
    if task.fields:
        found[DESCRIPTORS] = sum(not case.descriptors.is_missing for case in cases) + simulated
    return found
