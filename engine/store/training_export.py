"""What the case database holds of cases that may become a training set."""

from __future__ import annotations

from engine.domain.assessment import Stage
from engine.domain.training_export import ReadCase
from engine.store.readings import ReadingStore


def read_cases(store: ReadingStore, task: str) -> tuple[ReadCase, ...]:
    """All cases of a task with a reading or pathology, in order of their ids.

    Raises
    ------
    CaseError
        STORAGE, as every question to the database.
    """
    names = store.known_cases(task)
    histories, found = store.histories(names), store.pathology_of(names)
    pairings = store.pairings(names)
    cases = []
    for name in names:
        readings = [r for r in histories.get(name, []) if r.task == task]
        pathology = found.get(name)
        cases.append(
            ReadCase(
                case_id=name,
                first=next((r for r in readings if r.stage is Stage.FIRST), None),
                latest=readings[-1] if readings else None,
                pathology=pathology if pathology is not None and pathology.task == task else None,
                pairing=pairings.get(name, {}),
            )
        )
    return tuple(cases)
