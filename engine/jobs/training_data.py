"""What a source of labelled cases holds, told before training. In the child process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from engine.data.checks import check
from engine.data.named_folds import FOLD
from engine.data.places import cache_folder
from engine.data.several_sources import open_sources, source_names
from engine.domain.case import Case
from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.domain.training import Problem
from engine.jobs.training_requests import DataReport
from engine.training.sources import phantom_source

OnProgress = Callable[[int, int, str], None]


def report(data: str, task_name: str, on_progress: OnProgress) -> DataReport:
    """Counts and problems; raises `CaseError` when a source cannot be opened."""
    task = load_task(task_name)
    names = source_names(data)
    phantoms = [found for name in names if (found := phantom_source(name)) is not None]
    folders = [name for name in names if phantom_source(name) is None]
    cases: list[Case] = []
    problems: tuple[Problem, ...] = ()
    if folders:
        folder = open_sources(folders, task=task_name, on_progress=on_progress)
        cases = [case for case in folder.cases if case.label is not None]
        problems = check(folder, cache=cache_folder(), on_progress=on_progress)
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
        problems=problems,
    )


def _modalities(cases: list[Case], task: Task, simulated: int) -> dict[str, int]:
    counts = Counter(m for case in cases for m in case.images)
    found = {m: counts[m] + simulated for m in task.images}
    if task.fields:
        found[DESCRIPTORS] = sum(not case.descriptors.is_missing for case in cases) + simulated
    return found
