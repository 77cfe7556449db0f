"""Backup, restore, agreement and preferences in the running window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category, Reading, Stage
from engine.domain.sealing import Revelation
from engine.store import ReadingStore
from tests.workstation.test_window import WAIT_MS, current, opened
from workstation.admin.preferences_dialog import PreferencesDialog
from workstation.main_window import MainWindow
from workstation.reading.agreement_dialog import AgreementDialog

Opener = Callable[[], MainWindow]


def test_a_backup_brings_back_what_was_there(qtbot: QtBot, open_window: Opener, study: Path, tmp_path: Path) -> None:
    window = opened(qtbot, open_window(), study)
    window.desk.scoring.show(None, None)
    state = current(window)
    qtbot.keyClick(window, Qt.Key.Key_2)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: state.saved is not None, timeout=WAIT_MS)
    copy = tmp_path / "copy.sqlite"
    window.admin.back_up_to(copy)
    qtbot.waitUntil(lambda: "backed up" in window._note.text(), timeout=WAIT_MS)
    qtbot.keyClick(window, Qt.Key.Key_5)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(state.history) == 2, timeout=WAIT_MS)
    window.admin.restore_from(copy)
    qtbot.waitUntil(lambda: current(window) is not state, timeout=WAIT_MS)
    again = next(s for s in window.desk.session.states if s.case.case_id == state.case.case_id)  # type: ignore[union-attr]
    assert [r.category for r in again.history] == [Category.BENIGN]


def test_pathology_is_entered_and_says_who_was_right(qtbot: QtBot, open_window: Opener) -> None:
    known = {"task": "breast_lesion"}
    with ReadingStore() as store:
        for case_id, before, after in (("c-1", Category.BENIGN, Category.HIGHLY_SUGGESTIVE),):
            store.save(Reading(case_id=case_id, category=before, stage=Stage.FIRST, **known))  # type: ignore[arg-type]
            answer = {"probability": 0.9, "threshold": 0.5, "model": "m", "model_sha256": ""}
            store.reveal(Revelation(case_id=case_id, **answer))  # type: ignore[arg-type]
            second = {**known, **answer, "category": after, "stage": Stage.SECOND}
            store.save(Reading(case_id=case_id, **second))  # type: ignore[arg-type]
    window = open_window()
    window.admin.show_agreement()
    [dialog] = window.findChildren(AgreementDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1, timeout=WAIT_MS)

    def words() -> str:
        return " | ".join(w.text() for w in dialog.findChildren(QLabel))

    assert "1 case read twice" in words() and "1 of 1 (100 %, 95 % interval 21 to 100 %)" in words()
    dialog.table.selectRow(0)
    dialog.save_pathology("malignant")
    qtbot.waitUntil(lambda: dialog.table.item(0, 5).text() == "malignant", timeout=WAIT_MS)  # type: ignore[union-attr]
    assert "0 of 1 (0 %, 95 % interval 0 to 79 %)" in words()  # the first reading was wrong
    dialog.close()


def test_preferences_hold_at_once(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window()
    window.admin.show_preferences()
    [dialog] = window.findChildren(PreferencesDialog)
    before = window.admin.choices
    dialog.sealed.setChecked(not before.sealed)
    dialog.device.clicked.emit("cpu")
    assert window.desk.sealed is not before.sealed and window._bridge.device == "cpu"
    assert window.admin.choices == replace(before, sealed=not before.sealed, device="cpu")
    dialog.close()
