"""What the panel says of a prediction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.case import Box
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Doubt
from engine.domain.roi import Roi, RoiShape
from engine.domain.task import load_task
from tests.workstation.reading.cases import TASK, case, folder, prediction, terms
from workstation.reading.evidence import evidence_of
from workstation.reading.evidence_words import percent, signed
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


DOUBT = Doubt(passes=30, mean=(0.3, 0.7), low=0.62, high=0.8, total=0.6, aleatoric=0.55, epistemic=0.05)


def test_the_range_is_the_one_of_the_dropout_passes(state: CaseState) -> None:
    waiting = evidence_of(TASK, scored(state))
    assert (waiting.span, waiting.span_words) == (None, "Measuring how sure the model is …")
    shown = evidence_of(TASK, scored(state, doubt=DOUBT))
    assert (shown.span, shown.span_words) == ((0.62, 0.8), "62 % to 80 % over 30 dropout passes")
    assert "0.550 because the case itself is undecided, 0.050 because the passes contradict" in shown.span_help
    narrow = evidence_of(TASK, scored(state, doubt=replace(DOUBT, low=0.621, high=0.6212)))
    assert narrow.span_words == "62 % over 30 dropout passes"
    none = evidence_of(TASK, scored(state, doubt=Doubt(why_none="no dropout in this model")))
    assert (none.span, none.span_words) == (None, "No range: no dropout in this model.")


def test_contributions_are_shapley_values_and_say_so(state: CaseState) -> None:
    shown = evidence_of(TASK, scored(state))
    assert "Working out" in shown.legend and all(p.contribution is None for p in shown.parts)
    state.case = state.case.with_image("doppler", None, "")
    values = {"bmode": 1.2, "descriptors": -0.4}
    shown = evidence_of(
        TASK,
        scored(state, shapley=values, contributions={"bmode": 0.9, "descriptors": -0.2}, fusion_weights={"bmode": 0.7}),
    )
    assert [(p.label, p.contribution, p.weight) for p in shown.parts] == [
        ("B-mode", 1.2, "weight 0.70"),
        ("Doppler", None, ""),
        ("Descriptors", -0.4, ""),
    ]
    assert shown.legend.startswith("Shapley values in log-odds of “malignant”")
    assert "left out: B-mode +0.9, Descriptors −0.2." in shown.legend_help


def test_what_a_model_is_not_for_and_its_cautions_are_in_sight(state: CaseState) -> None:
    assert evidence_of(TASK, scored(state)).cautions == ""
    shown = evidence_of(
        TASK, scored(state, not_for="Children.", cautions=("Same plane only.",), trained_on="688 lesions.")
    )
    assert shown.cautions == "Not for: children. Caution: Same plane only."
    assert shown.cautions_help.endswith("Trained on: 688 lesions.")


def test_of_stages_the_figure_is_the_probability_of_reaching_the_positive_one() -> None:
    task = load_task("liver_fibrosis")
    state = ReadingSession(folder(replace(case("c-1"), task=task.name))).states[0]
    answer = prediction(
        state.to_score,
        task=task.name,
        classes=task.classes,
        probabilities=(0.1, 0.2, 0.3, 0.25, 0.15),
        predicted_class="F2",
        threshold=None,
    )
    state.answer, state.scored = answer, state.to_score
    shown = evidence_of(task, state)
    assert (shown.figure, shown.of_what) == ("70 %", "probability of F2 or higher")
    assert shown.verdict == "most likely F2"
    assert state.probability == pytest.approx(0.7)


def test_an_edited_case_is_marked_as_outdated(state: CaseState) -> None:
    scored(state)
    assert not evidence_of(TASK, state).outdated
    state.draft = type(state.draft)(descriptors=terms(shape="round"))
    assert evidence_of(TASK, state).outdated


def test_what_is_analysed_of_a_region_is_said_as_it_is(state: CaseState) -> None:
    image = state.case.images["bmode"]
    roi = Roi(shape=RoiShape.ELLIPSE, box=Box(100, 100, 180, 160), sop_uid=image.sop_uid)
    state.draft = replace(state.draft, rois=(roi,), limited_to_rois=True)
    analysed = state.to_score.images["bmode"].crop
    assert analysed == Box(80, 70, 200, 190)  # a quarter of the longer side on all sides, a square, the corners too
    assert evidence_of(TASK, scored(state)).notes[-1] == (
        "The region of interest and a quarter around it, as a square."
    )


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


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (("malignant",), "At 90 %: malignant only"),
        (("benign", "malignant"), "At 90 %: undecided, any class is possible"),
        ((), "At 90 %: no class fits"),
    ],
)
def test_the_prediction_set_is_told_with_its_promise(state: CaseState, held: tuple[str, ...], words: str) -> None:
    shown = evidence_of(TASK, scored(state, prediction_set=held, set_coverage=0.9))
    assert shown.set_words == words
    assert "in 90 % the truth is among the classes" in shown.set_help
    assert evidence_of(TASK, scored(state)).set_words == ""
