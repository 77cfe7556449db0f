"""Walks the whole widget tree: names for screen readers, contrast as painted, nothing cut off; in both themes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category
from engine.domain.recommendation import Recommendation
from tests.workstation.conftest import windows_over
from tests.workstation.test_window import opened, until_pictured, until_scored
from workstation.admin.preferences_dialog import PreferencesDialog
from workstation.colours import contrast
from workstation.dialogs import about_dialog, refusals_dialog
from workstation.keys_dialog import KeyEditor, KeysDialog
from workstation.main_window import MainWindow
from workstation.reading.agreement_dialog import AgreementDialog
from workstation.widgets.labels import ElidedLabel

QTS_OWN = ("qt_", "QScrollBar", "QHeaderView", "QTableCornerButton", "QSplitterHandle", "QSizeGrip", "QComboBoxPrivate")


@pytest.fixture(scope="module")
def window(
    qapp: QApplication, study: Path, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """A window with a scored case, shared by the tests of this file, which only look."""
    with pytest.MonkeyPatch.context() as patch, windows_over(model, qapp) as make:
        patch.setenv("SONOFUSE_HOME", str(tmp_path_factory.mktemp("home")))
        made = make()
        bot = QtBot(None)  # type: ignore[arg-type]
        opened(bot, made, study)
        until_pictured(bot, made)
        until_scored(bot, made)
        made.page.assessment.place.open()
        made.desk.edit(category=Category.BENIGN, recommendation=Recommendation.BIOPSY)  # asks for a reason
        yield made


def shown(root: QWidget) -> list[QWidget]:
    """Visible widgets that are ours, not parts that Qt makes inside its own."""
    everything = [root, *root.findChildren(QWidget)]
    kinds = [w for w in everything if w.isVisible()]
    return [w for w in kinds if not (w.objectName().startswith("qt_") or type(w).__name__ in QTS_OWN)]


def painted_contrast(widget: QWidget) -> float:
    """Best contrast of any painted pixel against the commonest colour of the widget, from what is on the screen."""
    window = widget.window()
    whole = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    corner, scale = widget.mapTo(window, widget.rect().topLeft()), whole.devicePixelRatio()
    part = whole.copy(*(int(v * scale) for v in (corner.x(), corner.y(), widget.width(), widget.height())))
    colours = Counter(part.pixelColor(x, y).name() for x in range(part.width()) for y in range(part.height()))
    ground = colours.most_common(1)[0][0]
    return max(contrast(ground, c) for c in colours)


def words_of(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def all_roots(window: MainWindow) -> list[QWidget]:
    session = window.desk.session
    assert session is not None
    dialogs: list[QDialog] = [
        KeysDialog({}, window),
        KeyEditor({}, window),
        about_dialog("1", window),
        refusals_dialog(session.folder, window),
        PreferencesDialog(window.admin.choices, window),
        AgreementDialog(window.page.task, window._bridge, {}, window),
    ]
    for dialog in dialogs:
        dialog.show()
    QApplication.processEvents()
    return [window, *dialogs]


def test_every_widget_has_a_name_for_the_screen_reader(window: MainWindow) -> None:
    nameless = []
    for root in all_roots(window):
        for widget in shown(root):
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface is None or not interface.text(QAccessible.Text.Name).strip():
                nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
        if root is not window:
            root.close()
    assert not nameless, sorted(set(nameless))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_are_readable_as_painted(window: MainWindow, theme: str) -> None:
    if window._theme != theme:
        window.toggle_theme()
        QApplication.processEvents()
    poor = []
    for root in all_roots(window):
        for widget in shown(root):
            whole = widget.visibleRegion().boundingRect() == widget.rect()  # not half scrolled away
            if whole and words_of(widget).strip() and widget.isEnabled() and painted_contrast(widget) < 4.5:
                poor.append(f"{words_of(widget)!r}: {painted_contrast(widget):.1f}")
        if root is not window:
            root.close()
    assert not poor


def test_nothing_is_cut_off_or_overlaps(window: MainWindow) -> None:
    cut = []
    for widget in shown(window):
        words = words_of(widget)
        if not words or isinstance(widget, ElidedLabel):
            continue
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        needed = widget.heightForWidth(widget.width()) if wraps else widget.minimumSizeHint().height()
        if widget.height() < needed or (not wraps and widget.width() < widget.minimumSizeHint().width()):
            cut.append(words)
    assert not cut


def test_research_use_is_always_on_screen(window: MainWindow) -> None:
    assert any(words_of(w) == "Research use, not a medical device" for w in shown(window))
