"""First reading, AI, second reading, pathology: in this order, with times, for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.domain.agreement import Pathology, agreement
from engine.domain.assessment import Reading, Stage
from engine.domain.case import Box
from engine.domain.category import Category
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.measure import LesionSize
from engine.domain.proportion import Proportion
from engine.domain.recommendation import Recommendation
from engine.domain.roi import Roi, RoiShape
from engine.domain.sealing import Revelation, is_unseen
from engine.store import ReadingStore
from engine.store.connection import make_engine, writing

FIRST = Reading(case_id="c-1", task="breast_lesion", category=Category.PROBABLY_BENIGN, stage=Stage.FIRST)
SECOND = replace(
    FIRST,
    category=Category.LOW_SUSPICION,
    stage=Stage.SECOND,
    probability=0.1 + 0.2,
    threshold=1 / 3,
    model="breast-demo",
    model_sha256="ab" * 32,
)
ANSWER = Revelation(case_id="c-1", probability=0.1 + 0.2, threshold=1 / 3, model="breast-demo", model_sha256="ab" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReadingStore]:
    with ReadingStore(tmp_path / "readings.sqlite") as opened:
        yield opened


def refused(error: pytest.ExceptionInfo[CaseError]) -> str:
    assert error.value.kind is ErrorKind.INVALID
    return error.value.sentence


def test_a_sealed_case_from_beginning_to_end(store: ReadingStore) -> None:
    first = store.save(FIRST)
    shown = store.reveal(ANSWER)
    second = store.save(SECOND)
    store.save_pathology(Pathology(case_id="c-1", task="breast_lesion", class_name="malignant"))
    assert first.saved_at and shown.revealed_at and second.saved_at
    assert first.saved_at <= shown.revealed_at <= second.saved_at
    with ReadingStore(store.path) as again:
        assert again.history("c-1") == [first, second]
        assert again.sealed_cases("breast_lesion") == ["c-1"]
        assert again.sealed_cases("liver_fibrosis") == []
        assert again.revelations(["c-1", "c-2"]) == {"c-1": shown}
        known = {case: found.class_name for case, found in again.pathology_of(["c-1", "c-2"]).items()}
        found = agreement(again.histories(["c-1", "c-2"]), known, "malignant")
    assert (found.category_changed, found.helped) == (Proportion(1, 1), Proportion(1, 1))
    assert found.ai_right == Proportion(0, 1), "0.3 is below the threshold of a third"


def test_the_ai_is_not_revealed_before_a_category(store: ReadingStore) -> None:
    with pytest.raises(CaseError) as error:
        store.reveal(ANSWER)
    assert "Save your own category first" in refused(error)
    store.save(replace(FIRST, stage=Stage.OPEN))
    with pytest.raises(CaseError):
        store.reveal(ANSWER)
    with pytest.raises(CaseError, match="Choose a category first"):
        store.save(replace(FIRST, category=None))
    assert store.revelations(["c-1"]) == {}


def test_no_first_reading_after_the_ai_was_shown(store: ReadingStore) -> None:
    store.save(FIRST)
    store.save(replace(FIRST, category=Category.BENIGN))  # before looking, one may think again
    store.reveal(ANSWER)
    with pytest.raises(CaseError) as error:
        store.save(FIRST)
    assert "cannot be a first reading" in refused(error)
    assert [r.category for r in store.history("c-1")] == [Category.PROBABLY_BENIGN, Category.BENIGN]


def test_no_second_reading_without_a_first(store: ReadingStore) -> None:
    with pytest.raises(CaseError) as error:
        store.save(SECOND)
    assert "no first reading" in refused(error)
    assert store.history("c-1") == []


def test_the_first_revelation_counts(store: ReadingStore) -> None:
    store.save(FIRST)
    shown = store.reveal(ANSWER)
    store.reveal(replace(ANSWER, model="another", probability=0.9))
    assert store.revelations(["c-1"]) == {"c-1": shown}


def test_an_answer_seen_outside_of_reading_leaves_no_room_for_a_first_reading(store: ReadingStore) -> None:
    assert is_unseen((), shown=False)
    seen = store.note_seen([ANSWER, replace(ANSWER, case_id="c-2")])
    assert store.revelations(["c-1", "c-2", "c-3"]) == {one.case_id: one for one in seen}
    assert not is_unseen((), shown=True)
    with pytest.raises(CaseError) as error:
        store.save(FIRST)
    assert "cannot be a first reading" in refused(error)
    store.save(replace(FIRST, stage=Stage.OPEN, ai_shown=True))
    assert store.note_seen([]) == []


def test_a_first_reading_opens_the_answer_only_when_that_is_written_down(store: ReadingStore) -> None:
    assert is_unseen([store.save(FIRST)], shown=False)
    store.reveal(ANSWER)
    assert not is_unseen(store.history("c-1"), shown=True)
    assert not is_unseen([store.save(SECOND)], shown=False)
    assert not is_unseen([replace(FIRST, stage=Stage.OPEN)], shown=False)


def test_pathology_keeps_its_history(store: ReadingStore) -> None:
    before = datetime.now(UTC)
    biopsy = Pathology(case_id="c-1", task="breast_lesion", class_name="benign", note="Stanze: Fibroadenom")
    first = store.save_pathology(biopsy)
    second = store.save_pathology(replace(biopsy, class_name="malignant", note="excision \ud83e"))
    assert first.entered_at is not None
    assert before <= first.entered_at <= before + timedelta(seconds=30)
    assert store.pathology_of(["c-1"])["c-1"].class_name == "malignant"
    history = store.pathology_history("c-1")
    assert history[0] == first
    assert history[1] == replace(second, note="excision \ufffd")
    with pytest.raises(CaseError) as error:
        store.save_pathology(replace(biopsy, class_name="unclear"))
    assert "benign, malignant" in refused(error)


@pytest.mark.parametrize("table", ["reading", "revelation", "pathology"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET case_id = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_a_row(store: ReadingStore, table: str, statement: str) -> None:
    store.save(FIRST)
    store.reveal(ANSWER)
    store.save_pathology(Pathology(case_id="c-1", task="breast_lesion", class_name="benign"))
    engine = make_engine(store.path)
    with pytest.raises(sa.exc.IntegrityError, match="only ever added"), writing(engine) as connection:
        connection.exec_driver_sql(statement.format(table))
    engine.dispose()


def test_everything_that_a_reading_says_comes_back(store: ReadingStore) -> None:
    full = replace(
        FIRST,
        recommendation=Recommendation.BIOPSY,
        recommendation_reason="wächst seit 2025 \u201efest\u201c",
        laterality="left",
        clock_face=12,
        nipple_distance_mm=0.1 + 0.2,
        size=LesionSize(horizontal_mm=18.1, vertical_mm=9.3, orthogonal_mm=1 / 3),
        rois=(
            Roi(shape=RoiShape.ELLIPSE, box=Box(1, 2, 30, 40), sop_uid="1.2.3", frame=7),
            Roi(shape=RoiShape.BOX, box=Box(-5, 2, 30, 40)),
        ),
        limited_to_rois=True,
        comment="comment",
    )
    saved = store.save(full)
    assert store.latest("c-1") == saved
    assert replace(saved, saved_at=None) == full
