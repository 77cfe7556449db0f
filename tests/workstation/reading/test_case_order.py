"""Filter and order of the case list without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.assessment import Category, Reading, Stage
from tests.workstation.reading.cases import TASK, case, folder, image, prediction
from workstation.reading.case_order import Order, counts_text, rows_of
from workstation.reading.session import Known, ReadingSession

READ = Reading(case_id="c-2", task=TASK.name, category=Category.LOW_SUSPICION, probability=0.2, threshold=0.5)


def made(*, sealed: bool = False) -> ReadingSession:
    left = case("c-3", patient_id="Q-77", images={"bmode": image("bmode", "3.1", laterality="left")})
    session = ReadingSession(folder(case("c-1"), case("c-2"), left), Known(histories={"c-2": [READ]}), sealed=sealed)
    for state, probability in zip(session.states, (0.3, 0.2, 0.9), strict=True):
        state.answer, state.scored = prediction(state.case, probability), state.to_score
    return session


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("", [0, 1, 2]),
        ("left", [2]),
        ("q-77", [2]),
        ("77", [2]),
        ("unread", [0, 2]),
        ("read", []),
        ("disagreed 4a", [1]),
        ("p c-1", [0]),
        ("nobody", []),
    ],
)
def test_what_is_typed_finds_cases_by_words_that_begin_so(typed: str, rows: list[int]) -> None:
    assert rows_of(made(), typed) == rows


def test_scores_order_the_list_only_where_they_may_be_seen() -> None:
    assert rows_of(made(), order=Order.SCORE) == [2, 0, 1]
    assert rows_of(made(sealed=True), order=Order.SCORE) == [1, 0, 2]  # the one that was read openly


def test_unread_cases_come_first() -> None:
    assert rows_of(made(), order=Order.UNREAD) == [0, 2, 1]


def test_next_and_previous_follow_the_list() -> None:
    session = made()
    session.order, session.position = [2, 0, 1], 0
    assert session.following() is session.states[1]
    assert session.move(-1) and session.position == 2 and not session.move(-1)
    session.order = [1]
    assert session.move(1) and session.position == 1


def test_counts_are_told_by_status() -> None:
    session = made()
    session.states[0].history = (replace(READ, case_id="c-1", stage=Stage.FIRST, probability=None, ai_shown=False),)
    session.states[0].draft = replace(session.states[0].draft, category=Category.LOW_SUSPICION)
    assert counts_text(session) == "1 unread, 1 first reading, 1 disagreed"
