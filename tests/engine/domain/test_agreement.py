"""Who changed whose mind, and who was right, counted by hand."""

from __future__ import annotations

import pytest
import scipy.stats

from engine.domain.agreement import Agreement, ReadingStatus, agreement, status_of
from engine.domain.assessment import Reading, Stage
from engine.domain.category import Category
from engine.domain.proportion import Proportion

NOTHING: list[Reading] = []


def sealed_pair(first: str, second: str, probability: float | None) -> list[Reading]:
    return [
        Reading(case_id="c", task="breast_lesion", category=Category(first), stage=Stage.FIRST),
        Reading(
            case_id="c",
            task="breast_lesion",
            category=Category(second),
            stage=Stage.SECOND,
            probability=probability,
            threshold=0.5,
            ai_shown=True,
        ),
    ]


HISTORIES = {
    "followed, helped": sealed_pair("3", "4A", 0.9),
    "followed, harmed": sealed_pair("4A", "3", 0.1),
    "stayed against": sealed_pair("4C", "4C", 0.2),
    "other category": sealed_pair("4A", "4C", 0.8),
    "left": sealed_pair("2", "4A", 0.3),
    "incomplete": sealed_pair("0", "4A", 0.7),
    "no answer": sealed_pair("2", "2", None),
    "first only": sealed_pair("2", "2", 0.1)[:1],
    "open": [Reading(case_id="c", task="breast_lesion", category=Category.BENIGN, probability=0.9, threshold=0.5)],
    "nothing": NOTHING,
}
PATHOLOGY = {
    "followed, helped": "malignant",
    "followed, harmed": "malignant",
    "stayed against": "malignant",
    "left": "benign",
    "incomplete": "malignant",
    "first only": "malignant",
    "open": "malignant",
}


@pytest.fixture
def found() -> Agreement:
    return agreement(HISTORIES, PATHOLOGY, "malignant")


def test_how_often_the_ai_changed_the_reader(found: Agreement) -> None:
    assert len(found.pairs) == 7
    assert found.category_changed == Proportion(5, 7)
    assert found.side_changed == Proportion(3, 6), "category 0 is on no side"
    assert found.differed_at_first == Proportion(3, 5)
    assert found.followed == Proportion(2, 3)
    assert found.left == Proportion(1, 2)


def test_who_was_right(found: Agreement) -> None:
    # known with a side: helped (m), harmed (m), stayed (m), left (b)
    assert found.first_right == Proportion(3, 4)  # 4A of m, 4C of m, 2 of b
    assert found.second_right == Proportion(2, 4)  # 4A of m, 4C of m
    assert found.ai_right == Proportion(3, 5)  # 0.9 m, 0.3 b, 0.7 m
    assert found.helped == Proportion(1, 4)
    assert found.harmed == Proportion(2, 4)


def test_the_last_first_and_the_last_second_reading_count() -> None:
    early, late = sealed_pair("2", "2", 0.9), sealed_pair("3", "4B", 0.9)
    (pair,) = agreement({"c": [early[0], *late, early[1]]}, {}, "malignant").pairs
    assert (pair.first.category, pair.second.category) == (Category.PROBABLY_BENIGN, Category.BENIGN)


def test_status() -> None:
    first, second = sealed_pair("3", "3", 0.9)
    assert status_of(None) is ReadingStatus.UNREAD
    assert status_of(Reading(case_id="c", task="t", category=None)) is ReadingStatus.UNREAD
    assert status_of(first) is ReadingStatus.FIRST_READ
    assert status_of(second) is ReadingStatus.DISAGREED
    assert status_of(sealed_pair("3", "3", 0.1)[1]) is ReadingStatus.READ
    assert status_of(sealed_pair("3", "3", None)[1]) is ReadingStatus.READ


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (5, 5), (3, 7), (1, 200), (150, 200)])
def test_intervals_against_scipy(hits: int, n: int) -> None:
    judge = scipy.stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert Proportion(hits, n).interval == pytest.approx((judge.low, judge.high), abs=1e-12)


def test_words_of_a_proportion() -> None:
    assert str(Proportion(3, 12)) == "3 of 12 (25 %, 95 % interval 9 to 53 %)"
    assert str(Proportion(0, 0)) == "no cases"
    with pytest.raises(ValueError, match="no proportion"):
        Proportion(3, 2)
