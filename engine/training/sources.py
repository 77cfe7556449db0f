"""Where labelled cases come from: ``phantom:N:SEED``, a folder of studies, or a manifest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.phantom import simulate_prepared
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.training.cases import LabelledCase, LabelledCases, collect

Progress = Callable[[int, int, str], None]
"""Called with (step, total, what is being done)."""

_PHANTOM = re.compile(r"phantom:(\d+):(\d+)")


def phantom_source(data: str) -> tuple[int, int] | None:
    """(cases, seed) of a ``phantom:N:SEED`` source, None for anything else.

    Raises
    ------
    CaseError
        INVALID: it begins like one, but is not one.
    """
    found = _PHANTOM.fullmatch(data)
    if found and int(found[1]) > 0:
        return int(found[1]), int(found[2])
    if data.startswith("phantom:"):
        raise CaseError(
            ErrorKind.INVALID, f"'{data}' is no phantom source; write phantom:CASES:SEED, e.g. phantom:4000:1."
        )
    return None


def load_cases(
    data: str, task: Task, size: int, *, workers: int = 1, on_progress: Progress | None = None
) -> LabelledCases:
    """All labelled cases of a source, decoded and prepared.

    Parameters
    ----------
    data : ``phantom:N:SEED``, a folder (DICOM or research images) or a manifest CSV file.
    size : side of the prepared squares in pixels.
    workers : decoding processes.

    Raises
    ------
    CaseError
        The source cannot be opened, or holds no case with a known class.
    """
    phantom = phantom_source(data)
    if phantom is not None:
        return collect(task, size, _simulated(*phantom, task, size, on_progress), phantom[0], simulated=True)
    return _from_folder(data, task, size, workers, on_progress)


def _simulated(cases: int, seed: int, task: Task, size: int, on_progress: Progress | None) -> Iterator[LabelledCase]:
    for done, (prepared, target) in enumerate(simulate_prepared(cases, seed, size, task.name), start=1):
        yield LabelledCase(prepared=prepared, target=target, group=prepared.case_id)
        if on_progress:
            on_progress(done, cases, "simulating cases")


def _from_folder(data: str, task: Task, size: int, workers: int, on_progress: Progress | None) -> LabelledCases:
    folder = open_folder(data, task=task.name, workers=workers, on_progress=on_progress)
    labelled = [case for case in folder.cases if case.label is not None]
    left_out = [refusal.sentence for refusal in folder.refusals]  # a class that the task does not know is among them
    left_out += [f"{case.case_id}: its class is not known" for case in folder.cases if case.label is None]
    simulated = bool(labelled) and all(case.simulated for case in labelled)
    with DecoderPool(workers) as pool:
        usable = _decoded(pool, labelled, task, size, left_out, on_progress)
        cases = collect(task, size, usable, len(labelled), simulated=simulated, left_out=left_out)
    return cases


def _decoded(
    pool: DecoderPool, cases: list[Case], task: Task, size: int, left_out: list[str], on_progress: Progress | None
) -> Iterator[LabelledCase]:
    for done, (case, prepared) in enumerate(pool.prepared_cases(cases, task, size), start=1):
        if on_progress:
            on_progress(done, len(cases), "decoding images")
        if isinstance(prepared, CaseError):
            left_out.append(f"{case.case_id}: {prepared.sentence}")
            continue
        assert case.label is not None
        group = case.patient_id or case.study_uid or case.case_id
        yield LabelledCase(prepared=prepared, target=task.classes.index(case.label), group=group)
