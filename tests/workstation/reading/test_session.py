"""The reading session without a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.domain.assessment import Category, Reading, Stage, UnsavedReading
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.sealing import Revelation
from tests.workstation.reading.cases import TASK, case, folder, image, prediction, terms
from workstation.reading.case_state import Status
from workstation.reading.draft import Draft, category_for_digit, kept_reading, problem_of, size_of
from workstation.reading.pairing_choice import choices_for, repaired, with_choice
from workstation.reading.saved_words import saved_words
from workstation.reading.session import Known, ReadingSession

SAVED = Reading(
    case_id="c-1",
    task=TASK.name,
    category=Category.MODERATE_SUSPICION,
    descriptors=terms(shape="irregular"),
    comment="hard",
    probability=0.8,
    saved_at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
)
KNOWN = Known(histories={"c-1": [SAVED]})


def test_a_saved_reading_is_shown_again_and_reading_goes_on_with_the_first_unread_case() -> None:
    session = ReadingSession(folder(), known=KNOWN)
    first = session.states[0]
    assert first.draft == Draft(
        descriptors=terms(shape="irregular"), category=Category.MODERATE_SUSPICION, comment="hard"
    )
    assert (first.status, first.probability, session.position, session.n_read) == (Status.READ, 0.8, 1, 1)


def test_the_ends_of_the_list_hold() -> None:
    session = ReadingSession(folder())
    assert not session.move(-1) and session.move(1) and session.move(1) and not session.move(1)
    assert session.following() is None and session.position == 2


def test_an_edit_counts_as_unsaved_until_it_is_taken_back() -> None:
    state = ReadingSession(folder()).states[0]
    before = state.draft
    state.draft = replace(before, comment="x")
    assert state.status is Status.CHANGED
    state.draft = before
    assert state.status is Status.UNREAD


def test_a_reading_without_a_category_is_not_read() -> None:
    session = ReadingSession(folder(), known=Known(histories={"c-1": [replace(SAVED, category=None)]}))
    assert session.states[0].status is Status.STARTED and session.n_read == 0


def test_a_score_belongs_to_the_descriptors_it_was_computed_from() -> None:
    state = ReadingSession(folder()).states[0]
    state.answer, state.scored = prediction(state.case), state.to_score
    assert state.is_scored and state.reading().probability == pytest.approx(0.73)
    state.draft = replace(state.draft, descriptors=terms(shape="oval"))
    assert not state.is_scored
    assert state.reading().probability is None and state.reading().model == ""


def test_an_empty_folder_has_no_current_case() -> None:
    session = ReadingSession(replace(folder(), cases=()))
    assert session.current is None and not session.move(1)


def test_pairing_by_hand_survives_reopening() -> None:
    other = image("doppler", "c-1.9")
    automatic = case("c-1", others=(other,))
    state = ReadingSession(folder(automatic)).states[0]
    chosen = with_choice(TASK, state, "doppler", other)
    again = ReadingSession(folder(automatic), known=Known(pairings={"c-1": chosen})).states[0]
    assert again.case.images["doppler"] == other
    assert [i.sop_uid for i in again.case.others] == ["c-1.2"]
    assert again.automatic == automatic and "reader" in again.case.pairing


def test_an_image_of_another_kind_is_scored_as_the_place_it_was_put_in() -> None:
    stray = image("spectral", "c-1.8")
    state = ReadingSession(folder(case("c-1", others=(stray,)))).states[0]
    put = repaired(state.automatic, with_choice(TASK, state, "doppler", stray)).images["doppler"]
    assert (put.sop_uid, put.modality) == ("c-1.8", "doppler") and "reader" in put.why


def test_choosing_the_other_places_image_swaps_the_two() -> None:
    state = ReadingSession(folder()).states[0]
    bmode, doppler = state.case.images["bmode"], state.case.images["doppler"]
    assert doppler in choices_for(state.case, "bmode")
    swapped = repaired(state.automatic, with_choice(TASK, state, "bmode", doppler))
    assert swapped.images["bmode"].sop_uid == doppler.sop_uid
    assert swapped.images["doppler"].sop_uid == bmode.sop_uid


def test_a_place_can_be_left_empty() -> None:
    state = ReadingSession(folder()).states[0]
    without = repaired(state.automatic, with_choice(TASK, state, "doppler", None))
    assert list(without.images) == ["bmode"] and [i.modality for i in without.others] == ["doppler"]


def test_a_chosen_file_that_is_gone_leaves_the_rest() -> None:
    found = repaired(case("c-1"), {"bmode": ("c-1.1", 0), "doppler": ("gone", 0)})
    assert list(found.images) == ["bmode"] and len(found.others) == 1


def test_digits_choose_categories_and_4_goes_through_its_three() -> None:
    assert category_for_digit(2, None) is Category.BENIGN
    current = category_for_digit(4, Category.BENIGN)
    seen = [current := category_for_digit(4, current) for _ in range(3)]
    assert seen == [Category.MODERATE_SUSPICION, Category.HIGH_SUSPICION, Category.LOW_SUSPICION]


def test_saved_words_name_the_time_and_changes_since() -> None:
    state = ReadingSession(folder(), known=KNOWN).states[0]
    assert saved_words(state, datetime(2026, 6, 1, tzinfo=UTC)) == "saved 04 May 2026"
    state.draft = replace(state.draft, comment="softer")
    assert saved_words(state, datetime(2026, 6, 1, tzinfo=UTC)) == "changed since 04 May 2026"


def test_a_problem_is_not_a_score() -> None:
    state = ReadingSession(folder()).states[0]
    state.problem = CaseError(ErrorKind.STOPPED, "The engine stopped.")
    assert not state.is_scored and state.reading().probability is None


def test_nothing_of_a_sealed_answer_is_visible_until_the_revelation_is_written_down() -> None:
    state = ReadingSession(folder(), sealed=True).states[0]
    state.answer, state.scored = prediction(state.case), state.to_score
    hidden = (state.prediction, state.probability, state.may_show_ai, state.stage)
    assert hidden == (None, None, False, Stage.FIRST) and not state.can_save
    state.draft = replace(state.draft, category=Category.BENIGN)
    first = state.reading()
    assert state.can_save and (first.stage, first.probability, first.model, first.ai_shown) == (
        Stage.FIRST,
        None,
        "",
        False,
    )
    state.history = (first,)
    assert state.to_reveal and state.prediction is None and state.status is Status.FIRST
    told = state.revelation()
    assert told is not None and (told.probability, told.threshold) == (pytest.approx(0.73), 0.5)
    state.ai_shown = True
    assert state.prediction is not None and state.waits_for_second and state.can_save
    second = state.reading()
    assert (second.stage, second.probability, second.disagrees_with_ai) == (Stage.SECOND, pytest.approx(0.73), True)
    state.history = (first, second)
    assert state.status is Status.DISAGREED and not state.can_save


def test_a_first_reading_of_an_earlier_day_opens_the_ai_only_through_its_revelation() -> None:
    first = replace(SAVED, stage=Stage.FIRST, probability=None, ai_shown=False)
    known = Known(histories={"c-1": [first]})
    assert not ReadingSession(folder(), known, sealed=True).states[0].may_show_ai
    told = Revelation(case_id="c-1", probability=0.8, threshold=0.5, model="m", model_sha256="")
    shown = ReadingSession(folder(), replace(known, revelations={"c-1": told}), sealed=True).states[0]
    assert shown.may_show_ai and shown.stage is Stage.SECOND


def test_what_was_seen_before_sealing_was_switched_on_is_no_first_reading() -> None:
    session = ReadingSession(folder(), sealed=False)
    seen, unseen = session.states[:2]
    seen.answer, seen.scored = prediction(seen.case), seen.to_score
    session.seal(True)
    assert (seen.stage, unseen.stage) == (Stage.OPEN, Stage.FIRST)


def test_a_draft_of_a_crash_comes_back_as_it_was_typed() -> None:
    draft = Draft(category=Category.BENIGN, comment="hal", horizontal="12 x", distance="30", recommendation=None)
    kept = kept_reading(draft, case_id="c-2", task=TASK.name)
    unsaved = UnsavedReading(reading=kept, typed=draft.typed, kept_at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    session = ReadingSession(folder(), Known(drafts={"c-2": unsaved}))
    assert session.position == 1 and session.states[1].draft == draft
    assert saved_words(session.states[1]).startswith("restored, typed at")


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ({"horizontal": "8", "vertical": "5,5"}, "8.0 x 5.5 mm"),
        ({"horizontal": "8", "vertical": "5", "orthogonal": "12"}, "12.0 x 5.0 x 8.0 mm"),
        ({"horizontal": "8"}, None),
        ({"horizontal": "-1", "vertical": "5"}, None),
        ({"horizontal": "nan", "vertical": "5"}, None),
    ],
)
def test_a_size_is_saved_or_it_is_said_why_not(typed: dict[str, str], size: str | None) -> None:
    draft = Draft(**typed)
    assert bool(problem_of(draft)) == (size is None)
    if size is not None:
        assert str(size_of(draft)) == size
