"""When the AI's answer may be seen, and what a reading saved now is called."""

from __future__ import annotations

import pytest

from engine.domain.assessment import Reading, Stage
from engine.domain.category import Category
from engine.domain.sealing import Revelation, may_show_ai, next_stage

FIRST = Reading(case_id="c", task="breast_lesion", category=Category.BENIGN, stage=Stage.FIRST)
OPEN_SEEN = Reading(case_id="c", task="breast_lesion", category=Category.BENIGN, probability=0.3)
EMPTY = Reading(case_id="c", task="breast_lesion", category=None)


def test_sealed_until_a_category_is_saved() -> None:
    assert not may_show_ai([], sealed=True)
    assert not may_show_ai([EMPTY], sealed=True)
    assert may_show_ai([FIRST], sealed=True)
    assert may_show_ai([EMPTY, OPEN_SEEN], sealed=True)
    assert may_show_ai([], sealed=False)


@pytest.mark.parametrize(
    ("history", "sealed", "ai_shown", "stage"),
    [
        ([], True, False, Stage.FIRST),
        ([EMPTY], True, False, Stage.FIRST),
        ([FIRST], True, False, Stage.FIRST),  # thought better of it before looking
        ([FIRST], True, True, Stage.SECOND),
        ([FIRST], False, True, Stage.SECOND),
        ([], False, False, Stage.OPEN),
        ([], True, True, Stage.OPEN),  # seen before sealing was switched on
        ([OPEN_SEEN], True, False, Stage.OPEN),  # seen in an earlier session
    ],
)
def test_the_stage_of_a_reading(history: list[Reading], sealed: bool, ai_shown: bool, stage: Stage) -> None:
    assert next_stage(history, sealed=sealed, ai_shown=ai_shown) is stage


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_is_one(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Revelation(case_id="c", probability=probability, threshold=0.5, model="m", model_sha256="")
