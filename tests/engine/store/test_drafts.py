"""Nothing that was typed is lost with the program."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.case import Box
from engine.domain.measure import LesionSize
from engine.domain.recommendation import Recommendation
from engine.domain.roi import Roi, RoiShape
from engine.store import ReadingStore
from tests.engine.store.test_readings import make_reading

ROOT = Path(__file__).resolve().parents[3]
FULL = replace(
    make_reading(category=None, comment="not yet fin"),
    recommendation=Recommendation.ROUTINE,  # without its reason: a draft need not be complete
    laterality="right",
    clock_face=3,
    nipple_distance_mm=42.0,
    size=LesionSize(horizontal_mm=12.0, vertical_mm=8.0),
    rois=(Roi(shape=RoiShape.BOX, box=Box(1, 2, 30, 40), sop_uid="1.2.3", frame=7),),
)
TYPED = {"size": "12 x 8 x", "recommendation_reason": "the patient \ud83e"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReadingStore]:
    with ReadingStore(tmp_path / "readings.sqlite") as opened:
        yield opened


def test_a_draft_holds_all_that_was_entered(store: ReadingStore) -> None:
    store.save_draft(FULL, TYPED)
    with ReadingStore(store.path) as again:
        kept = again.drafts(["c-1", "c-2"])
    assert list(kept) == ["c-1"]
    assert kept["c-1"].reading == FULL
    assert kept["c-1"].typed == {"size": "12 x 8 x", "recommendation_reason": "the patient \ufffd"}
    assert kept["c-1"].kept_at is not None


def test_only_what_is_newer_than_the_last_reading_is_recovered(store: ReadingStore) -> None:
    store.save_draft(FULL)
    store.save(make_reading())
    assert store.drafts(["c-1"]) == {}, "saving drops the draft"
    store.save_draft(FULL)
    assert list(store.drafts(["c-1"])) == ["c-1"]
    with closing(sqlite3.connect(store.path)) as raw:  # somebody put the clock back between saving and typing on
        raw.execute("UPDATE draft SET saved_at = '2020-01-01T00:00:00+00:00'")
        raw.commit()
    assert list(store.drafts(["c-1"])) == ["c-1"]
    with ReadingStore(store.path) as other_window:
        other_window.save(make_reading())
    assert store.drafts(["c-1"]) == {}


def test_a_draft_of_a_newer_version_is_left_alone(store: ReadingStore) -> None:
    store.save_draft(FULL)
    with closing(sqlite3.connect(store.path)) as raw:
        raw.execute("UPDATE draft SET content = ?", [json.dumps({"version": 99, "fields": {}})])
        raw.commit()
    assert store.drafts(["c-1"]) == {}
    assert store.draft("c-1") is None


def test_a_draft_of_the_second_schema_is_read(store: ReadingStore) -> None:
    old = {"case_id": "c-1", "task": "breast_lesion", "category": "4A", "descriptors": {}, "comment": "old"}
    old["prediction"] = {"probability": 0.5, "model": "m", "model_sha256": ""}
    store.save_draft(FULL)
    with closing(sqlite3.connect(store.path)) as raw:
        raw.execute("UPDATE draft SET content = ?", [json.dumps(old)])
        raw.commit()
    kept = store.drafts(["c-1"])["c-1"]
    assert (kept.reading.comment, kept.reading.ai_shown, kept.typed) == ("old", True, {})


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_typing_survives_kill_9(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    program = (
        "import sys, os, signal; from pathlib import Path; from engine.store import ReadingStore\n"
        "from tests.engine.store.test_drafts import FULL, TYPED\n"
        "ReadingStore(Path(sys.argv[1])).save_draft(FULL, TYPED)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert os.path.exists(file)  # noqa: PTH110
    with ReadingStore(file) as store:
        assert store.drafts(["c-1"])["c-1"].reading == FULL
