"""Switching the model in the running window: the case is scored anew, and everything beside the score follows."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.workstation.test_window import WAIT_MS, Opener, opened, until_scored
from workstation.main_window import MainWindow

DEMO = "breast-demo"


def choose(qtbot: QtBot, window: MainWindow, name: str | None) -> None:
    """Through the menu, as a person does."""
    menu = window.page.evidence._menu
    menu.aboutToShow.emit()
    title = f"{name or 'Automatic'}\t"
    qtbot.waitUntil(lambda: any(a.text().startswith(title) for a in menu.actions()), timeout=WAIT_MS)
    next(a for a in menu.actions() if a.text().startswith(title)).trigger()


def test_another_model_scores_the_case_and_the_newest_choice_wins(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    first = until_scored(qtbot, window)
    assert first.answer is not None and first.answer.model == "untrained"
    panel = window.page.evidence
    qtbot.waitUntil(lambda: len(panel._menu.actions()) > 1, timeout=WAIT_MS)  # listed before it is opened
    [line] = [a.text() for a in panel._menu.actions() if a.text().startswith(f"{DEMO}\t")]
    assert "4000 simulated cases" in line

    choose(qtbot, window, DEMO)
    window.desk.choose_model(None)
    window.desk.choose_model(DEMO)
    assert first.answer is None

    def complete() -> bool:
        answer = first.answer
        return answer is not None and answer.shapley is not None and answer.doubt is not None

    qtbot.waitUntil(complete, timeout=WAIT_MS)
    assert first.answer is not None and first.answer.model == DEMO
    assert first.answer.heatmaps, "what follows the score does not take the maps away"
    assert panel._model.text().startswith(f"Model {DEMO}")
    assert panel._span.text().endswith("over 30 dropout passes")
    assert panel._cautions.text().startswith("Not for: real patients")

    panel.what_if.click()
    parts: list[int] = []
    window.desk.scoring.what_if_answered.connect(lambda state: parts.append(len(state.what_if.changed)))
    qtbot.waitUntil(lambda: first.what_if is not None and first.what_if.is_complete, timeout=WAIT_MS)
    assert first.what_if is not None and len(first.what_if.changed) > 30
    assert parts == sorted(parts) and len(set(parts)) > 5, "descriptor by descriptor"
    assert all(chip.text() for row in window.page.form.rows.values() for chip in row.chips)


def test_what_if_is_given_up_when_the_model_changes(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    first = until_scored(qtbot, window)
    window.page.evidence.what_if.click()
    qtbot.waitUntil(lambda: first.what_if is not None and len(first.what_if.changed) > 0, timeout=WAIT_MS)
    choose(qtbot, window, DEMO)
    assert first.what_if is None
    pid = window._bridge.engine.pid
    qtbot.waitUntil(lambda: first.what_if is not None and first.what_if.is_complete, timeout=WAIT_MS)
    assert first.answer is not None and first.answer.model == DEMO
    assert window._bridge.engine.pid == pid, "the engine stopped between two passes, and was not ended"
