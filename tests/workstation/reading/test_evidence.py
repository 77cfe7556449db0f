"""What the panel says of a prediction."""

from __future__ import annotations

import math

import pytest

from engine.domain.errors import CaseError, ErrorKind
from tests.workstation.reading.cases import TASK, case, folder, prediction, terms
from workstation.reading.evidence import evidence_of, percent, signed
from workstation.reading.session import CaseState, ReadingSession


@pytest.fixture
def state() -> CaseState:
    return ReadingSession(folder(case("c-1", descriptors=terms(shape="oval", margin="angular")))).states[0]


def scored(state: CaseState, **more: object) -> CaseState:
    state.answer, state.scored = prediction(state.to_score, **more), state.to_score  # type: ignore[arg-type]
    return state


def test_before_the_answer_it_says_what_it_waits_for(state: CaseState) -> None:
    assert evidence_of(TASK, state).sentence == "Scoring this case …"
    assert "Loading the model" in evidence_of(TASK, state, model_ready=False).sentence
    assert evidence_of(TASK, None).state == "empty"


def test_probability_threshold_and_verdict_are_words_with_units(state: CaseState) -> None:
    shown = evidence_of(TASK, scored(state))
    assert (shown.figure, shown.of_what) == ("73 %", "probability of “malignant”")
    assert shown.verdict == "malignant: at or above the threshold of 50 %"
    below = evidence_of(TASK, scored(state, probability=0.2))
    assert below.verdict == "benign: below the threshold of 50 %"


def test_what_was_missing_is_named(state: CaseState) -> None:
    state.case = state.case.with_image("doppler", None, "")
    parts = {p.label: p.used for p in evidence_of(TASK, scored(state)).parts}
    assert parts == {"B-mode": "used", "Doppler": "missing", "Descriptors": "2 of 10 given"}


def test_the_range_is_the_one_of_leaving_one_input_out(state: CaseState) -> None:
    log_odds = math.log(0.73 / 0.27)
    shown = evidence_of(TASK, scored(state, contributions={"bmode": log_odds, "doppler": -0.5, "descriptors": 0.1}))
    assert shown.span is not None
    assert shown.span[0] == pytest.approx(0.5)  # without B-mode nothing is left of the log-odds
    assert shown.span[1] == pytest.approx(1 / (1 + math.exp(-(log_odds + 0.5))))
    assert "50 % to 82 %" in shown.span_words


def test_an_edited_case_is_marked_as_outdated(state: CaseState) -> None:
    scored(state)
    assert not evidence_of(TASK, state).outdated
    state.draft = type(state.draft)(descriptors=terms(shape="round"))
    assert evidence_of(TASK, state).outdated


def test_a_problem_is_shown_with_its_own_sentence(state: CaseState) -> None:
    state.problem = CaseError(ErrorKind.STOPPED, "The engine stopped while working on this.")
    shown = evidence_of(TASK, state)
    assert (shown.state, shown.sentence) == ("problem", "The engine stopped while working on this.")


@pytest.mark.parametrize(("value", "words"), [(0.0, "< 1 %"), (0.004, "< 1 %"), (0.5, "50 %"), (0.9999, "> 99 %")])
def test_the_ends_of_the_scale_are_never_claimed(value: float, words: str) -> None:
    assert percent(value) == words


def test_signs_are_typographic_and_zero_has_none() -> None:
    assert [signed(v) for v in (1.26, -1.26, 0.01, -0.01)] == ["+1.3", "−1.3", "0.0", "0.0"]


def test_a_sealed_case_says_so_and_shows_no_figure(state: CaseState) -> None:
    state.sealed = True
    evidence = evidence_of(TASK, scored(state))
    assert evidence.state == "sealed" and "after your own category is saved" in evidence.sentence
    assert (evidence.figure, evidence.probability, evidence.parts, evidence.model, evidence.notes) == (
        "",
        None,
        (),
        "",
        (),
    )
