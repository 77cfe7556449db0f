"""The agreement page without Qt: questions with their answers, and one row per case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.agreement import Agreement, Pathology, agreement
from engine.domain.assessment import Reading, Stage
from engine.domain.sealing import Revelation
from engine.domain.task import Task
from workstation.reading.evidence_words import percent
from workstation.words import tr


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case of the table; texts as they are shown, "" where there is nothing to say."""

    case_id: str
    first: str
    first_at: str
    ai: str
    second: str
    pathology: str


@dataclass(frozen=True, kw_only=True)
class AgreementPage:
    """Everything on the page.

    Attributes
    ----------
    groups : heading, then (question, answer) with a 95 % Wilson interval.
    """

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    rows: tuple[CaseRow, ...]
    n_pairs: int


def page_of(
    task: Task,
    histories: Mapping[str, Sequence[Reading]],
    pathology: Mapping[str, Pathology],
    revelations: Mapping[str, Revelation],
) -> AgreementPage:
    """From the case database's histories and pathology of sealed cases."""
    found = agreement(histories, {c: p.class_name for c, p in pathology.items()}, task.positive_class)
    rows = tuple(
        _row(case_id, readings, pathology.get(case_id), revelations.get(case_id))
        for case_id, readings in histories.items()
    )
    return AgreementPage(groups=_groups(found), rows=rows, n_pairs=len(found.pairs))


def stored_page(store: Any, task: Task) -> AgreementPage:
    """Read it; runs in the records' thread."""
    cases = store.sealed_cases(task.name)
    histories = store.histories(cases)
    known = {c: histories[c] for c in cases if c in histories}
    return page_of(task, known, store.pathology_of(cases), store.revelations(cases))


def _groups(a: Agreement) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return (
        (
            tr("How often the AI changed you"),
            (
                (tr("Another category after seeing the AI"), str(a.category_changed)),
                (tr("Across the line between 3 and 4A"), str(a.side_changed)),
                (tr("You and the AI were on different sides at first"), str(a.differed_at_first)),
                (tr("… and you came over to the AI's side"), str(a.followed)),
                (tr("You agreed at first and then left the AI's side"), str(a.left)),
            ),
        ),
        (
            tr("Who was right, where pathology is known"),
            (
                (tr("Your first reading"), str(a.first_right)),
                (tr("Your second reading"), str(a.second_right)),
                (tr("The AI"), str(a.ai_right)),
                (tr("Wrong at first, right after the AI"), str(a.helped)),
                (tr("Right at first, wrong after the AI"), str(a.harmed)),
            ),
        ),
    )


def _row(case_id: str, readings: Sequence[Reading], pathology: Pathology | None, shown: Revelation | None) -> CaseRow:
    first = _last(readings, Stage.FIRST)
    second = _last(readings, Stage.SECOND)
    last = second.probability if second is not None else None  # what the second reading was made with
    ai = last if last is not None else shown.probability if shown is not None else None
    at = first.saved_at.astimezone() if first is not None and first.saved_at is not None else None
    return CaseRow(
        case_id=case_id,
        first=str(first.category) if first is not None else "",
        first_at=f"{at:%d %b %Y %H:%M}" if at is not None else "",
        ai=percent(ai) if ai is not None else tr("not shown"),
        second=str(second.category) if second is not None else tr("not yet"),
        pathology=pathology.class_name if pathology is not None else "",
    )


def _last(readings: Sequence[Reading], stage: Stage) -> Reading | None:
    return next((r for r in reversed(readings) if r.stage is stage and r.category is not None), None)
