"""What a reading may say, and when it can be saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.assessment import Reading, Stage, check_complete
from engine.domain.category import Category
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.recommendation import Recommendation, disagreement, expected_recommendations

READING = Reading(case_id="c-1", task="breast_lesion", category=Category.LOW_SUSPICION)


@pytest.mark.parametrize(
    ("category", "expected"),
    [("0", "additional_imaging"), ("1", "routine"), ("2", "routine"), ("3", "short_interval"), ("4A", "biopsy"),
     ("4B", "biopsy"), ("4C", "biopsy"), ("5", "biopsy"), ("6", "treatment")],
)  # fmt: skip
def test_what_usually_goes_with_a_category(category: str, expected: str) -> None:
    assert expected_recommendations(Category(category)) == (Recommendation(expected),)
    assert disagreement(Category(category), Recommendation(expected)) == ""
    assert disagreement(Category(category), None) == disagreement(None, Recommendation(expected)) == ""
    assert category in disagreement(Category(category), Recommendation.OTHER)


def test_an_unusual_recommendation_needs_a_reason() -> None:
    unusual = replace(READING, recommendation=Recommendation.SHORT_INTERVAL)
    with pytest.raises(
        CaseError, match=r"4A .* usually goes with tissue diagnosis, not with short-interval"
    ) as refused:
        check_complete(unusual)
    assert refused.value.kind is ErrorKind.INVALID
    with pytest.raises(CaseError):
        check_complete(replace(unusual, recommendation_reason="  \n"))
    check_complete(replace(unusual, recommendation_reason="patient declines biopsy"))
    check_complete(replace(READING, recommendation=Recommendation.BIOPSY))
    check_complete(READING)


def test_a_first_reading_needs_a_category_and_holds_nothing_of_the_ai() -> None:
    with pytest.raises(CaseError, match="Choose a category first"):
        check_complete(replace(READING, stage=Stage.FIRST, category=None))
    check_complete(replace(READING, category=None))
    with pytest.raises(ValueError, match="before the AI"):
        replace(READING, stage=Stage.FIRST, probability=0.3)
    with pytest.raises(ValueError, match="before the AI"):
        replace(READING, stage=Stage.FIRST, ai_shown=True)


def test_a_score_in_the_reading_means_that_it_was_shown() -> None:
    assert replace(READING, probability=0.5).ai_shown
    assert not READING.ai_shown


@pytest.mark.parametrize(
    "wrong",
    [{"clock_face": 0}, {"clock_face": 13}, {"laterality": "L"}, {"nipple_distance_mm": -1.0},
     {"nipple_distance_mm": float("nan")}],
)  # fmt: skip
def test_impossible_places_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"laterality|clock|distance"):
        replace(READING, **wrong)


@pytest.mark.parametrize(
    ("category", "probability", "disagrees"),
    [("4A", 0.49, True), ("4A", 0.5, False), ("3", 0.5, True), ("3", 0.49, False), ("6", 0.1, True), ("0", 0.9, None)],
)
def test_reader_and_ai_on_different_sides(category: str, probability: float, disagrees: bool | None) -> None:
    reading = replace(READING, category=Category(category), probability=probability, threshold=0.5)
    assert reading.disagrees_with_ai is disagrees
    assert replace(reading, threshold=None).disagrees_with_ai is None
