"""Reader and AI: the status of a case, how often the AI changed the reader, and who was right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.assessment import Reading, Stage
from engine.domain.proportion import Proportion


class ReadingStatus(StrEnum):
    """Where a case stands, for the list."""

    UNREAD = "unread"
    FIRST_READ = "first read"
    READ = "read"
    DISAGREED = "disagreed"


def status_of(latest: Reading | None) -> ReadingStatus:
    """Status by the newest reading; one without a category leaves the case unread."""
    if latest is None or latest.category is None:
        return ReadingStatus.UNREAD
    if latest.stage is Stage.FIRST:
        return ReadingStatus.FIRST_READ
    return ReadingStatus.DISAGREED if latest.disagrees_with_ai else ReadingStatus.READ


@dataclass(frozen=True, kw_only=True)
class Pathology:
    """The class of a case as the laboratory found it; only ever added, the newest entry counts.

    Attributes
    ----------
    class_name : one of the task's classes.
    note : what a person wrote beside it, e.g. the histology.
    entered_at : UTC, None before it is stored.
    """

    case_id: str
    task: str
    class_name: str
    note: str = ""
    entered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SealedPair:
    """A sealed first reading and what the reader said after seeing the AI.

    Attributes
    ----------
    is_positive : pathology says the positive class; None where it is not known.
    """

    first: Reading
    second: Reading
    is_positive: bool | None = None

    @property
    def ai_is_positive(self) -> bool | None:
        if self.second.probability is None or self.second.threshold is None:
            return None
        return self.second.probability >= self.second.threshold

    @property
    def sides(self) -> tuple[bool, bool] | None:
        """Suspicious at the first and at the second reading; None when either category is 0."""
        assert self.first.category is not None
        assert self.second.category is not None
        first, second = self.first.category.is_suspicious, self.second.category.is_suspicious
        return None if first is None or second is None else (first, second)


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Counts over sealed pairs; "side" is suspicious (4A or more) or not (3 or less).

    Attributes
    ----------
    category_changed : the second reading has another category.
    side_changed : it lies on the other side of 4A.
    differed_at_first : the first reading and the AI were on different sides.
    followed : of those, the reader came over to the AI's side; left: of the others, the reader went away from it.
    first_right, second_right, ai_right : on pathology's side, of the cases where it is known.
    helped : wrong at first and right afterwards; harmed: right at first and wrong afterwards.
    """

    pairs: tuple[SealedPair, ...]
    category_changed: Proportion
    side_changed: Proportion
    differed_at_first: Proportion
    followed: Proportion
    left: Proportion
    first_right: Proportion
    second_right: Proportion
    ai_right: Proportion
    helped: Proportion
    harmed: Proportion


def agreement(
    histories: Mapping[str, Sequence[Reading]], pathology: Mapping[str, str], positive_class: str
) -> Agreement:
    """How often the AI changed the reader, and who was right.

    Parameters
    ----------
    histories : case -> its readings, the oldest first. A case counts when a sealed first reading with a category is
        followed by a second one with a category: the last of each.
    pathology : case -> class name, where it is known.
    """
    pairs = [p for case, readings in histories.items() if (p := _pair(readings, pathology.get(case), positive_class))]
    sided = [(p, p.sides) for p in pairs]
    both = [(*sides, p.ai_is_positive, p.is_positive) for p, sides in sided if sides is not None]
    judged = [(first, second, ai) for first, second, ai, _ in both if ai is not None]
    known = [(first, second, truth) for first, second, _, truth in both if truth is not None]
    tested = [
        (p.ai_is_positive, p.is_positive) for p in pairs if p.is_positive is not None and p.ai_is_positive is not None
    ]
    return Agreement(
        pairs=tuple(pairs),
        category_changed=_count(p.first.category != p.second.category for p in pairs),
        side_changed=_count(first != second for first, second, _, _ in both),
        differed_at_first=_count(first != ai for first, _, ai in judged),
        followed=_count(second == ai for first, second, ai in judged if first != ai),
        left=_count(second != ai for first, second, ai in judged if first == ai),
        first_right=_count(first == truth for first, _, truth in known),
        second_right=_count(second == truth for _, second, truth in known),
        ai_right=_count(ai == truth for ai, truth in tested),
        helped=_count(first != truth == second for first, second, truth in known),
        harmed=_count(first == truth != second for first, second, truth in known),
    )


def _pair(readings: Sequence[Reading], class_name: str | None, positive_class: str) -> SealedPair | None:
    given = [r for r in readings if r.category is not None]
    firsts = [i for i, r in enumerate(given) if r.stage is Stage.FIRST]
    seconds = [i for i, r in enumerate(given) if r.stage is Stage.SECOND and firsts and i > firsts[-1]]
    if not seconds:
        return None
    truth = None if class_name is None else class_name == positive_class
    return SealedPair(first=given[firsts[-1]], second=given[seconds[-1]], is_positive=truth)


def _count(hits: Iterable[bool]) -> Proportion:
    found = list(hits)
    return Proportion(sum(found), len(found))
