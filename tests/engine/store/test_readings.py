"""What a reader saves, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.domain.assessment import Category, Reading
from engine.domain.descriptors import Descriptors
from engine.store import ReadingStore
from engine.store.connection import make_engine, writing
from engine.store.places import data_folder, database_file, log_folder


def make_reading(
    case_id: str = "c-1", comment: str = "", category: Category | None = Category.LOW_SUSPICION
) -> Reading:
    return Reading(
        case_id=case_id,
        task="breast_lesion",
        category=category,
        descriptors=Descriptors({"margin": ("indistinct", "spiculated"), "shape": ("oval",)}),
        comment=comment,
        probability=0.1 + 0.2,  # not exact in decimal: it has to come back to the last bit
        model="breast-demo",
        model_sha256="ab" * 32,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReadingStore]:
    with ReadingStore(tmp_path / "readings.sqlite") as opened:
        yield opened


def test_a_saved_reading_comes_back_as_it_was(store: ReadingStore) -> None:
    before = datetime.now(UTC)
    saved = store.save(make_reading())
    assert saved.saved_at is not None
    assert before <= saved.saved_at <= before + timedelta(seconds=30)
    with ReadingStore(store.path) as again:
        assert again.latest("c-1") == saved
    assert store.latest("c-2") is None


@pytest.mark.parametrize(
    "comment",
    [
        "Läsion 3 o’clock, 病变, آفة",
        "e\u0301\u200d\U0001f9e0",
        "quote ' \" ; DROP TABLE reading; --",
        "line\nline\r\n\ttab",
        "a\0b",
    ],
)
def test_any_text_can_be_a_comment(store: ReadingStore, comment: str) -> None:
    store.save(make_reading(comment=comment))
    latest = store.latest("c-1")
    assert latest is not None
    assert latest.comment == comment


def test_half_a_surrogate_pair_loses_only_itself(store: ReadingStore) -> None:
    store.save(make_reading(comment="before \ud83e after"))
    latest = store.latest("c-1")
    assert latest is not None
    assert latest.comment == "before \ufffd after"


def test_readings_are_added_and_the_newest_counts(store: ReadingStore) -> None:
    for category in (Category.BENIGN, None, Category.HIGH_SUSPICION):
        store.save(make_reading(category=category))
    assert [r.category for r in store.history("c-1")] == [Category.BENIGN, None, Category.HIGH_SUSPICION]
    latest = store.latest("c-1")
    assert latest == store.history("c-1")[-1]


def test_the_newest_reading_of_many_cases(store: ReadingStore) -> None:
    ids = [f"c-{n}" for n in range(1100)]  # more than fit into one question
    for case_id in (ids[0], ids[700], ids[1099], ids[700]):
        store.save(make_reading(case_id, comment=f"{case_id} {len(store.history(case_id))}"))
    found = store.latest_of([*ids, "unknown"])
    assert {k: r.comment for k, r in found.items()} == {"c-0": "c-0 0", "c-700": "c-700 1", "c-1099": "c-1099 0"}
    assert store.latest_of([]) == {}


@pytest.mark.parametrize("statement", ["UPDATE reading SET comment = 'x'", "DELETE FROM reading"])
def test_the_database_itself_refuses_to_change_a_reading(store: ReadingStore, statement: str) -> None:
    saved = store.save(make_reading())
    engine = make_engine(store.path)
    with pytest.raises(sa.exc.IntegrityError, match="only ever added"), writing(engine) as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert store.history("c-1") == [saved]


def test_a_pairing_by_hand_is_kept_replaced_and_forgotten(store: ReadingStore) -> None:
    store.save_pairing("c-1", {"bmode": ("1.2.3", 0), "doppler": ("1.2.4", 17)})
    store.save_pairing("c-2", {})
    store.save_pairing("c-1", {"bmode": ("1.2.5", 2)})
    assert store.pairings(["c-1", "c-2", "c-3"]) == {"c-1": {"bmode": ("1.2.5", 2)}, "c-2": {}}
    store.clear_pairing("c-1")
    assert store.pairings(["c-1"]) == {}


def test_a_draft_lives_until_the_reading_is_saved(store: ReadingStore) -> None:
    assert store.draft("c-1") is None
    store.save_draft(make_reading(comment="typ", category=None))
    typed = make_reading(comment="typing", category=None)
    store.save_draft(typed)
    assert store.draft("c-1") == typed
    assert store.latest("c-1") is None, "a draft is no reading"
    store.save(make_reading("c-2"))
    assert store.draft("c-1") == typed, "another case's reading leaves it alone"
    store.save(make_reading("c-1"))
    assert store.draft("c-1") is None
    store.save_draft(typed)
    store.clear_draft("c-1")
    assert store.draft("c-1") is None


def test_two_windows_see_each_other(store: ReadingStore) -> None:
    with ReadingStore(store.path) as other:
        first, second = store.save(make_reading(comment="here")), other.save(make_reading(comment="there"))
        assert store.history("c-1") == other.history("c-1") == [first, second]


def test_threads_can_save_at_once(store: ReadingStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.save(make_reading(f"c-{n % 4}")), range(80)))
    assert [len(store.history(f"c-{n}")) for n in range(4)] == [20] * 4


def test_it_is_durable_by_its_settings(store: ReadingStore) -> None:
    with store._engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_a_backup_is_a_database_of_its_own(store: ReadingStore, tmp_path: Path) -> None:
    saved = store.save(make_reading())
    copy = tmp_path / "elsewhere" / "copy.sqlite"
    store.backup(copy)
    store.save(make_reading(comment="later"))
    assert [p.name for p in copy.parent.iterdir()] == ["copy.sqlite"]
    with ReadingStore(copy) as opened:
        assert opened.history("c-1") == [saved]
        assert opened.problems() == ()


def test_the_data_folder_follows_the_platform_or_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(tmp_path / "Ärztin"))
    with ReadingStore() as opened:
        assert opened.path == tmp_path / "Ärztin" / "readings.sqlite" == database_file()
    assert log_folder() == tmp_path / "Ärztin" / "logs"
    monkeypatch.delenv("SONOFUSE_HOME")
    assert data_folder().name == "SonoFuse"
    assert data_folder().is_absolute()
