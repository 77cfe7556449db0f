"""Every word of the window comes from the catalogue: one that accents each sentence leaves none plain."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QTableView, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from engine.domain.category import Category
from engine.domain.recommendation import Recommendation, disagreement
from engine.domain.resources import RESOURCES
from engine.domain.task import load_task
from tests.workstation.conftest import windows_over
from tests.workstation.material import PROBLEMS
from tests.workstation.test_looks import LOG_LINE, PLACES, made_dialog
from tests.workstation.test_window import current, opened, until_pictured, until_scored
from tests.workstation.walking import words_of
from workstation.main_window import MainWindow
from workstation.words import ENGLISH, installed, tr, trn, use

ROOT = RESOURCES.parent
ACCENTED = re.compile(r"\[!![^\[\]]*!!\]")
NAMES = "SonoFuse|BI-RADS|BI_RADS|B-mode|Doppler|DICOM|English|Wilson|Ctrl|Shift|Alt|Return|Enter|Esc|Del|PgUp|PgDown"
UNITS = "mm|px|min|cm"


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pseudo(translations: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A catalogue of its own language, in which every sentence is accented, through .po and .mo as a real one."""
    folder = tmp_path_factory.mktemp("translations")
    text = translations.template(translations.messages())
    filled = re.sub(r'^msgid (".+")\nmsgstr ""$', lambda m: f"msgid {m[1]}\nmsgstr {accented(m[1])}", text, flags=re.M)
    filled = re.sub(
        r'^msgid (".+")\nmsgid_plural (".+")\nmsgstr\[0\] ""\nmsgstr\[1\] ""$',
        lambda m: f"msgid {m[1]}\nmsgid_plural {m[2]}\nmsgstr[0] {accented(m[1])}\nmsgstr[1] {accented(m[2])}",
        filled,
        flags=re.M,
    )
    (folder / "xx.mo").write_bytes(translations.compiled(translations.catalogue(filled)))
    assert use(["xx"], folder) == "xx"
    yield folder
    use([ENGLISH])


def accented(quoted: str) -> str:
    return f'"[!!{quoted[1:-1].replace("[", "(").replace("]", ")")}!!]"'


@pytest.fixture(scope="module")
def window(
    qapp: QApplication, study: Path, model: Path, pseudo: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """A window that was made in that language, with a scored case."""
    with pytest.MonkeyPatch.context() as patch, windows_over(model, qapp) as make:
        patch.setenv("SONOFUSE_HOME", str(tmp_path_factory.mktemp("home")))
        made = make()
        bot = QtBot(None)  # type: ignore[arg-type]
        opened(bot, made, study)
        until_pictured(bot, made)
        until_scored(bot, made)
        made.page.assessment.place.open()
        made.desk.edit(category=Category.BENIGN, recommendation=Recommendation.BIOPSY)
        yield made


def of_the_engine(window: MainWindow) -> list[str]:
    """Texts that are data or the engine's: they stay English this time."""
    task, state = load_task("breast_lesion"), current(window)
    found = [task.title, *task.classes, *(m.label for m in task.image_modalities), "Descriptors"]
    for field in task.fields:
        found += [field.label, *(term.label for term in field.terms)]
    found += [disagreement(state.draft.category, state.draft.recommendation), "The folder cannot be written."]
    found += [c.label for c in Category] + [c.value for c in Category] + [r.label for r in Recommendation]
    session = window.desk.session
    assert session is not None
    for each in session.states:
        images = (*each.case.images.values(), *each.case.others)
        found += [each.case.case_id, each.case.patient_id, each.case.pairing.rstrip(".")]
        found += [part for i in images for part in (i.why.rstrip("."), Path(i.path).name, Path(i.path).stem)]
        found += [i.timing.source for i in images if i.timing is not None]
    if state.prediction is not None:
        found += [state.prediction.model, *state.prediction.notes, state.prediction.trained_on]
    cards = [path for path in (RESOURCES / "models").glob("*/*.json") if path.stem == path.parent.name]
    found += [json.loads(card.read_text())["trained_on"] for card in cards] + [card.stem for card in cards]
    recipes = (RESOURCES / "recipes").glob("*.toml")
    found += [tomllib.loads(recipe.read_text(encoding="utf-8"))["title"] for recipe in recipes]
    found += [r.path for r in session.folder.refusals] + [r.sentence for r in session.folder.refusals]
    found += [f"{session.folder.path}-results", session.folder.path, Path(session.folder.path).name]
    found += [LOG_LINE, "my-model", "phantom", "fine_tune", "name = ", *(p.sentence for p in PROBLEMS)]
    return sorted({text for text in found if text}, key=len, reverse=True)


def plain(text: str, known: list[str]) -> str:
    """What is left of a text without what is accented, known or a unit."""
    while ACCENTED.search(text):
        text = ACCENTED.sub(" ", text)
    for words in known:
        text = re.sub(re.escape(words), " ", text, flags=re.I)
    text = re.sub(rf"\b({NAMES}|{UNITS}|F\d+|[A-Z])\b|/\S+|\d\w*|c-[0-9a-f]+", " ", text)
    return " ".join(re.findall(r"[^\W\d_]{2,}", text))


def texts_of(root: QWidget) -> Iterator[str]:
    """Everything that is read or spoken in this window."""
    for widget in (root, *root.findChildren(QWidget)):
        if widget.objectName().startswith(("qt_", "Scroll")) or widget.metaObject().className().startswith(
            "QMessageBox"
        ):
            continue
        yield words_of(widget)
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
        if isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(i) for i in range(widget.count()))
        if isinstance(widget, QTabWidget):
            yield from (widget.tabText(i) for i in range(widget.count()))
        if isinstance(widget, QTableView) and widget.model() is not None:
            table = widget.model()
            yield from (str(table.headerData(i, Qt.Orientation.Horizontal) or "") for i in range(table.columnCount()))
    yield root.windowTitle()
    yield from (
        text for action in root.findChildren(QAction) for text in (action.text().split("\t")[0], action.toolTip())
    )


@pytest.mark.parametrize("place", PLACES)
def test_no_word_of_the_window_is_plain(window: MainWindow, place: str) -> None:
    known = of_the_engine(window)
    pages = {"reading": window, "welcome": window.welcome, "opening": window.opening}
    shown = pages[place] if place in pages else made_dialog(window, place)
    if place == "opening":
        window.opening.begin("study")
        window.opening.show_progress(1, 3, "reading files")
        known = ["reading files", *known]
    left = sorted({f"{text!r}: {rest}" for text in texts_of(shown) if (rest := plain(text.replace("&", ""), known))})
    if place not in pages:
        shown.close()
    assert not left, "\n".join(left)


def test_sentences_have_values_and_plurals(translations: ModuleType, tmp_path: Path) -> None:
    po = """
msgid "Opening {name}"
msgstr "{name} wird geöffnet"

msgid "{n} file was not opened"
msgid_plural "{n} files were not opened"
msgstr[0] "{n} Datei wurde nicht geöffnet"
msgstr[1] "{n} Dateien wurden nicht geöffnet"

#, fuzzy
msgid "Save"
msgstr "Retten"

msgid "Key of {command}"
msgstr "Taste {falsch}"
"""
    (tmp_path / "de.mo").write_bytes(translations.compiled(translations.catalogue(po)))
    try:
        assert use(["fr", "de-AT", "en"], tmp_path) == "de" and installed(tmp_path) == ("de",)
        assert tr("Opening {name}", name="x") == "x wird geöffnet"
        assert trn("{n} file was not opened", "{n} files were not opened", 1) == "1 Datei wurde nicht geöffnet"
        assert trn("{n} file was not opened", "{n} files were not opened", 5) == "5 Dateien wurden nicht geöffnet"
        assert tr("Save") == "Save" and tr("") == ""
        assert tr("Key of {command}", command="x") == "Key of x"  # a gap that the sentence does not have
        assert use(["en", "de"], tmp_path) == ENGLISH and tr("Opening {name}", name="x") == "Opening x"
        (tmp_path / "de.mo").write_bytes(b"no catalogue")
        assert use(["de"], tmp_path) == ENGLISH
    finally:
        use([ENGLISH])
