"""What the reader has entered for a case and not yet saved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from engine.domain.assessment import Category, Reading, UnsavedReading
from engine.domain.case import Case
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.measure import LesionSize
from engine.domain.recommendation import Recommendation
from engine.domain.roi import Roi
from workstation.words import later, tr

SIZE_FIELDS = ("horizontal", "vertical", "orthogonal")
TYPED = ("distance", *SIZE_FIELDS)
"""Fields of a draft that hold what was typed, which need not be a number yet."""
_NAMES = {
    "distance": later("distance from the nipple"),
    "horizontal": later("longest horizontal axis"),
    "vertical": later("vertical axis"),
    "orthogonal": later("orthogonal axis"),
}
LARGEST_MM = 400.0


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Everything that the forms show.

    Attributes
    ----------
    distance, horizontal, vertical, orthogonal : mm as typed.
    rois : regions that the reader drew; limited_to_rois: the AI looks at nothing else.
    """

    descriptors: Descriptors = field(default_factory=Descriptors)
    category: Category | None = None
    comment: str = ""
    recommendation: Recommendation | None = None
    reason: str = ""
    laterality: str = ""
    clock_face: int | None = None
    distance: str = ""
    horizontal: str = ""
    vertical: str = ""
    orthogonal: str = ""
    rois: tuple[Roi, ...] = ()
    limited_to_rois: bool = False

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, by field."""
        return {name: getattr(self, name) for name in TYPED}


def draft_of(case: Case, saved: Reading | None) -> Draft:
    """What the form shows first: the saved reading, else what came with the study."""
    if saved is None:
        return Draft(descriptors=case.descriptors, laterality=_side(case))
    size = saved.size
    return Draft(
        descriptors=saved.descriptors,
        category=saved.category,
        comment=saved.comment,
        recommendation=saved.recommendation,
        reason=saved.recommendation_reason,
        laterality=saved.laterality,
        clock_face=saved.clock_face,
        distance=number_text(saved.nipple_distance_mm),
        horizontal=number_text(size.horizontal_mm if size else None),
        vertical=number_text(size.vertical_mm if size else None),
        orthogonal=number_text(size.orthogonal_mm if size else None),
        rois=saved.rois,
        limited_to_rois=saved.limited_to_rois,
    )


def restored_draft(unsaved: UnsavedReading) -> Draft:
    """What was being typed when the program ended."""
    reading = unsaved.reading
    kept = draft_of(Case(case_id=reading.case_id, task=reading.task), reading)
    texts = {name: text for name, text in unsaved.typed.items() if name in (*TYPED, "comment", "reason")}
    return Draft(**({f.name: getattr(kept, f.name) for f in fields(Draft)} | texts))


def reading_of(draft: Draft, **known: Any) -> Reading:
    """The draft as a reading; `known` are the reading's further fields.

    Raises
    ------
    CaseError
        INVALID, naming the field that is no number, or the axes that do not go together.
    """
    return Reading(
        category=draft.category,
        descriptors=draft.descriptors,
        comment=draft.comment.strip(),
        recommendation=draft.recommendation,
        recommendation_reason=draft.reason.strip(),
        laterality=draft.laterality,
        clock_face=draft.clock_face,
        nipple_distance_mm=number_of(draft, "distance"),
        size=size_of(draft),
        rois=draft.rois,
        limited_to_rois=draft.limited_to_rois,
        **known,
    )


def kept_reading(draft: Draft, *, case_id: str, task: str) -> Reading:
    """The draft as it is kept through a crash: what is no number yet goes along as text (`Draft.typed`)."""
    return Reading(
        case_id=case_id,
        task=task,
        category=draft.category,
        descriptors=draft.descriptors,
        comment=draft.comment,
        recommendation=draft.recommendation,
        recommendation_reason=draft.reason,
        laterality=draft.laterality,
        clock_face=draft.clock_face,
        rois=draft.rois,
        limited_to_rois=draft.limited_to_rois,
    )


def number_text(value: float | None) -> str:
    """A length in mm as the form shows it: at most one decimal."""
    return "" if value is None else f"{value:.1f}".removesuffix(".0")


def number_of(draft: Draft, name: str) -> float | None:
    """What was typed in a field as mm, None when it is empty; `CaseError` (INVALID) names the field."""
    text = getattr(draft, name).strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    least_is_fine = value >= 0 if name == "distance" else value > 0
    if not (math.isfinite(value) and least_is_fine and value <= LARGEST_MM):
        raise CaseError(
            ErrorKind.INVALID, tr("The {field} is not a length in mm: “{typed}”.", field=tr(_NAMES[name]), typed=text)
        )
    return value


def size_of(draft: Draft) -> LesionSize | None:
    """The lesion's size, None when no axis is given; `CaseError` (INVALID) says what is missing."""
    horizontal, vertical, orthogonal = (number_of(draft, name) for name in SIZE_FIELDS)
    if horizontal is None and vertical is None and orthogonal is None:
        return None
    if horizontal is None or vertical is None:
        raise CaseError(ErrorKind.INVALID, tr("A size needs its longest horizontal and its vertical axis."))
    if orthogonal is not None and orthogonal > horizontal:
        horizontal, orthogonal = orthogonal, horizontal  # the longer one is reported first
    return LesionSize(horizontal_mm=horizontal, vertical_mm=vertical, orthogonal_mm=orthogonal)


def problem_of(draft: Draft) -> str:
    """Why the draft cannot be saved yet as far as its figures go, "" when it can."""
    try:
        number_of(draft, "distance")
        size_of(draft)
    except CaseError as error:
        return error.sentence
    return ""


def _side(case: Case) -> str:
    sides = {image.laterality for image in case.images.values() if image.laterality in ("left", "right")}
    return sides.pop() if len(sides) == 1 else ""


FOURS = (Category.LOW_SUSPICION, Category.MODERATE_SUSPICION, Category.HIGH_SUSPICION)


def category_for_digit(digit: int, current: Category | None) -> Category:
    """The category of a digit key; 4 goes through 4A, 4B, 4C when it is pressed again."""
    if digit != 4:
        return Category(str(digit))
    if current in FOURS:
        return FOURS[(FOURS.index(current) + 1) % len(FOURS)]
    return FOURS[0]
