"""What the reader has entered for a case and not yet saved."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.assessment import Category, Reading
from engine.domain.case import Case
from engine.domain.descriptors import Descriptors


@dataclass(frozen=True, kw_only=True)
class Draft:
    descriptors: Descriptors = field(default_factory=Descriptors)
    category: Category | None = None
    comment: str = ""


def draft_of(case: Case, saved: Reading | None) -> Draft:
    """What the form shows first: the saved reading, else what came with the study."""
    if saved is None:
        return Draft(descriptors=case.descriptors)
    return Draft(descriptors=saved.descriptors, category=saved.category, comment=saved.comment)


FOURS = (Category.LOW_SUSPICION, Category.MODERATE_SUSPICION, Category.HIGH_SUSPICION)


def category_for_digit(digit: int, current: Category | None) -> Category:
    """The category of a digit key; 4 goes through 4A, 4B, 4C when it is pressed again."""
    if digit != 4:
        return Category(str(digit))
    if current in FOURS:
        return FOURS[(FOURS.index(current) + 1) % len(FOURS)]
    return FOURS[0]
