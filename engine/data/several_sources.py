"""One or several sources of cases, opened as one: ``FOLDER``, or ``FOLDER + MANIFEST.csv``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.data.folder import open_folder
from engine.domain.case import Case, Refusal, StudyFolder
from engine.domain.errors import CaseError, ErrorKind

JOIN = " + "
SOURCE = "source"
"""Fact of a case: the name of the source that it is from."""


def source_names(data: str | Sequence[str]) -> tuple[str, ...]:
    """The sources that a text names; a file or folder whose own name holds the plus sign is one source.

    Raises
    ------
    CaseError
        INVALID: none is named, or one of them twice.
    """
    if isinstance(data, str):
        data = (data,) if Path(data).exists() else data.split(JOIN)
    names = tuple(name.strip() for name in data if name.strip())
    if not names:
        raise CaseError(ErrorKind.INVALID, "No data are named. Choose a folder or a manifest.")
    places = [str(Path(name).resolve()) if Path(name).exists() else name for name in names]
    for place, name in zip(places, names, strict=True):
        if places.count(place) > 1:
            raise CaseError(ErrorKind.INVALID, f"{name} is named twice. Name it once.")
    return names


def open_sources(
    data: str | Sequence[str],
    *,
    task: str = "breast_lesion",
    workers: int = 1,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> StudyFolder:
    """The cases of all sources.

    Of several sources patients are kept apart by the source's name in front of their id, as the same number means
    another patient there; cases get it where two have the same id. Every case knows its source as a fact.

    Raises
    ------
    CaseError
        As `open_folder` for the first source that cannot be opened.
    """
    names = source_names(data)
    cases: list[Case] = []
    refusals: list[Refusal] = []
    taken: set[str] = set()
    titles = _titles(names)
    for name, title in zip(names, titles, strict=True):
        opened = open_folder(name, task=task, workers=workers, on_progress=on_progress)
        refusals += opened.refusals
        for case in opened.cases:
            facts = case.facts if SOURCE in case.facts else {**case.facts, SOURCE: title}
            case_id = f"{title}-{case.case_id}" if case.case_id in taken else case.case_id
            patient = f"{title}-{case.patient_id}" if case.patient_id and len(names) > 1 else case.patient_id
            cases.append(replace(case, case_id=case_id, patient_id=patient, facts=facts))
        taken |= {case.case_id for case in cases}
    return StudyFolder(path=JOIN.join(names), task=task, cases=tuple(cases), refusals=tuple(refusals))


def _titles(names: Sequence[str]) -> list[str]:
    """A short name for each source, no two alike."""
    titles: list[str] = []
    for name in names:
        path = Path(name).resolve()
        title = path.stem if path.is_file() else path.name
        number = sum(1 for t in titles if t == title or t.startswith(f"{title}-"))
        titles.append(f"{title}-{number + 1}" if number else title)
    return titles
