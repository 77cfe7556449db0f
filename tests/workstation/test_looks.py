"""Walks every page and dialog in both themes: names for screen readers, contrast as painted, nothing cut off, Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category
from engine.domain.recommendation import Recommendation
from engine.jobs import BatchLine, ModelChoice
from engine.jobs.training import runs
from engine.store.places import log_folder, reports_folder
from tests.workstation.conftest import windows_over
from tests.workstation.material import CHECKED, write_report, write_run
from tests.workstation.test_window import WAIT_MS, opened, until_pictured, until_scored
from tests.workstation.viewing.planes import write_two_planes
from tests.workstation.walking import cut_off, poorly_readable, shown, words_of
from tests.workstation.worded_parts import menus, nameless_parts, poorly_readable_actions, poorly_readable_parts
from workstation.admin.preferences_dialog import PreferencesDialog
from workstation.admin.promote_dialog import PromoteDialog
from workstation.admin.recipe_sheet import recipe_sheet
from workstation.dialogs import about_dialog, not_kept_question, refusals_dialog, unsaved_question
from workstation.keys_dialog import KeyEditor, KeysDialog
from workstation.main_window import MainWindow
from workstation.reading.agreement_dialog import AgreementDialog

CHOICE = ModelChoice(
    name="mine", task="breast_lesion", preset="tiny", simulated_only=True, trained_on="phantom", not_for="people"
)
LOG_LINE = "2026-01-02 03:04:05 WARNING engine.jobs: the decoder stopped"
PLACES = (
    "reading",
    "sealed",
    "views below",
    "welcome",
    "opening",
    "batch",
    "keys",
    "key editor",
    "about",
    "refusals",
    "unsaved",
    "not stored",
    "preferences",
    "agreement",
    "evaluation",
    "evaluation use",
    "evaluation cases",
    "evaluation map",
    "evaluation compared",
    "evaluation figures",
    "evaluation modalities",
    "evaluation heatmaps",
    "evaluation worse",
    "evaluation mistakes",
    "new run",
    "run",
    "models",
    "promote",
    "recipe",
    "log",
    "restore",
    "remove a model",
    "delete a run",
)


@pytest.fixture(scope="module")
def new_window(
    qapp: QApplication, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], MainWindow]]:
    """Makes windows that are shared by the tests of this file, which only look."""
    with pytest.MonkeyPatch.context() as patch, windows_over(model, qapp) as make:
        patch.setenv("SONOFUSE_HOME", str(tmp_path_factory.mktemp("home")))
        yield make


@pytest.fixture(scope="module")
def window(new_window: Callable[[], MainWindow], study: Path) -> MainWindow:
    """A window with a scored case."""
    made, bot = new_window(), QtBot(None)  # type: ignore[arg-type]
    opened(bot, made, study)
    until_pictured(bot, made)
    until_scored(bot, made)
    made.page.assessment.place.open()
    made.desk.edit(category=Category.BENIGN, recommendation=Recommendation.BIOPSY)  # asks for a reason
    return made


@pytest.fixture(scope="module")
def two_planes(
    new_window: Callable[[], MainWindow], window: MainWindow, tmp_path_factory: pytest.TempPathFactory
) -> MainWindow:
    """A window in which second views stand below the pictures."""
    folder, made, bot = tmp_path_factory.mktemp("planes"), new_window(), QtBot(None)  # type: ignore[arg-type]
    write_two_planes(folder)
    opened(bot, made, folder)
    until_pictured(bot, made)
    below = made.page.viewers.below.panes.values()
    bot.waitUntil(lambda: all(pane.view._pixels is not None for pane in below), timeout=WAIT_MS)
    return made


@pytest.fixture(params=PLACES, scope="module")
def place(request: pytest.FixtureRequest, window: MainWindow) -> Iterator[QWidget]:
    """Each page and dialog in turn, on screen; made once for all that is looked at."""
    if request.param == "views below":
        yield request.getfixturevalue("two_planes")
        return
    if request.param == "sealed":
        window.admin.choose(replace(window.admin.choices, sealed=True))
        QApplication.processEvents()
        yield window
        window.admin.choose(replace(window.admin.choices, sealed=False))
        return
    pages = {"reading": window.page, "welcome": window.welcome, "opening": window.opening}
    if request.param in pages:
        window._pages.setCurrentWidget(pages[request.param])
        window.opening.begin("study")
        window.welcome.show_message("The folder study cannot be opened. Choose another one.")
        QApplication.processEvents()
        yield window
        window._pages.setCurrentWidget(window.page)
        return
    dialog = made_dialog(window, request.param)
    dialog.show()
    QApplication.processEvents()
    yield dialog
    dialog.close()


def made_dialog(window: MainWindow, name: str) -> QDialog:
    session = window.desk.session
    assert session is not None
    match name:
        case "batch":
            window.batch.show(session.folder.path)
            batch = window.batch.window
            assert batch is not None
            reasons = {"scored": "", "failed": "image.dcm is damaged.", "skipped": "No model for it."}
            batch.results.replace(
                tuple(BatchLine(case_id=f"c-{s}", status=s, file="image.dcm", reason=r) for s, r in reasons.items())
            )
            batch._say("The folder cannot be written.", "failure")
            return batch
        case "keys":
            return KeysDialog({}, window)
        case "key editor":
            return KeyEditor({}, window)
        case "log":
            return log_window(window)
        case "restore":
            window.admin._ask_leave(Path("backup.sqlite"))
            return window.findChildren(QMessageBox)[-1]
        case "about":
            return about_dialog("1", window)
        case "refusals":
            return refusals_dialog(session.folder, window)
        case "unsaved":
            return unsaved_question(2, window)
        case "not stored":
            return not_kept_question(2, "The folder cannot be written.", window)
        case "preferences":
            return PreferencesDialog(window.admin.choices, window)
        case "agreement":
            return AgreementDialog(window.page.task, window._bridge, {}, window)
        case page if page.startswith("evaluation"):
            return evaluation_page(window, name)
        case "recipe":
            return recipe_sheet("fine_tune", 'name = "fine_tune"', window)
    return admin_page(window, name)


def log_window(window: MainWindow) -> QDialog:
    path = log_folder() / "sonofuse.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{LOG_LINE}\n")
    window.admin.show_log()
    return window.findChildren(QDialog)[-1]


def evaluation_page(window: MainWindow, name: str) -> QDialog:
    window.evaluation.show_report(str(write_report(reports_folder() / "tiny")))
    shown = window.evaluation.window
    assert shown is not None
    pages: dict[str, QWidget]
    pages = {"evaluation use": shown.use, "evaluation cases": shown.cases, "evaluation compared": shown.compared}
    pages |= {"evaluation map": shown.map, "evaluation figures": shown.numbers, "evaluation worse": shown.worse}
    pages |= {"evaluation modalities": shown.modalities, "evaluation heatmaps": shown.heatmaps}
    pages["evaluation mistakes"] = shown.mistakes
    shown.tabs.setCurrentWidget(pages.get(name, shown.curves))
    shown.cases.confusion.cells["benign", "malignant"].click()
    shown.run.failed.emit("The folder cannot be written.")
    return shown


def admin_page(window: MainWindow, name: str) -> QDialog:
    run = next((run for run in runs() if run.name == "mine"), None) or write_run()
    if name in ("models", "remove a model"):
        window.admin.show_models()
    else:
        window.admin.show_training()
    shown = window.admin.admin_window
    assert shown is not None
    if name == "promote":
        dialog = PromoteDialog(run, window._bridge, shown)
        dialog.run.failed.emit("The folder cannot be written.")
        return dialog
    if name == "remove a model":
        shown.models.tell("")
        shown.models._show_models((CHOICE,))
        shown.models.table.selectRow(0)
        shown.models._ask_remove()
        return shown.findChildren(QMessageBox)[-1]
    if name == "delete a run":
        shown.training._ask_delete(run.run_id)
        return shown.findChildren(QMessageBox)[-1]
    if name == "run":
        shown.training.show_run(run.run_id)
        shown.training.message.setText("The folder cannot be written.")
    else:
        shown.training.show_form()
        shown.training.form.checked._checked(CHECKED)
        shown.training.form.test.setText("phantom:8:2")
    return shown


def test_every_widget_has_a_name_for_the_screen_reader(place: QWidget) -> None:
    nameless = []
    for widget in shown(place):
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not interface.text(QAccessible.Text.Name).strip():
            nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    nameless += nameless_parts(place)
    assert not nameless, sorted(set(nameless))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_are_readable_as_painted(window: MainWindow, place: QWidget, theme: str) -> None:
    for each in {window, place} if isinstance(place, MainWindow) else {window}:
        if each._theme != theme:
            each.toggle_theme()
    QApplication.processEvents()
    assert poorly_readable(place) + poorly_readable_parts(place) == []
    for table in place.findChildren(QTableWidget):
        table.selectRow(0)
    QApplication.processEvents()
    assert poorly_readable_parts(place) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_menus_are_readable_as_painted(window: MainWindow, theme: str) -> None:
    if window._theme != theme:
        window.toggle_theme()
    assert len(menus(window)) > 5
    assert [poor for menu in menus(window) for poor in poorly_readable_actions(menu)] == []


def test_nothing_is_cut_off(place: QWidget) -> None:
    assert cut_off(place) == []


def test_tab_reaches_everything_that_can_be_used_and_comes_round(qtbot: QtBot, place: QWidget) -> None:
    takers = [w for w in shown(place) if w.isEnabled() and w.focusProxy() is None]
    wanted = {w for w in takers if w.focusPolicy() & Qt.FocusPolicy.TabFocus}
    if not wanted:
        pytest.skip("nothing here takes the keyboard")
    start = min(wanted, key=lambda w: (w.mapTo(w.window(), w.rect().topLeft()).y(), w.objectName()))
    start.setFocus(Qt.FocusReason.TabFocusReason)
    reached: set[QWidget] = set()
    for _ in range(3 * len(wanted) + 10):
        now = place.window().focusWidget()
        if now is not None:
            reached.add(now)
        place.focusNextChild()
    unreached = [f"{type(w).__name__} {w.accessibleName()!r}" for w in wanted - reached]
    assert not unreached


def test_research_use_is_always_on_screen(window: MainWindow) -> None:
    assert any(words_of(w) == "Research use, not a medical device" for w in shown(window))
