"""The main window: builds the parts, wires them, and knows what every command does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QMessageBox, QStackedWidget, QWidget

from engine.domain.case import StudyFolder
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.resources import resource
from engine.domain.task import load_task
from workstation.admin.choices import Choices
from workstation.admin.place import AdminPlace
from workstation.batch.place import BatchPlace
from workstation.bridge import Bridge
from workstation.commands import Keys, own_keys, with_keys
from workstation.dialogs import RESEARCH_USE, about_dialog, not_kept_question, refusals_dialog, unsaved_question
from workstation.evaluation.place import EvaluationPlace
from workstation.menus import Menus
from workstation.preferences import Preferences
from workstation.start_pages import OpeningPage, WelcomePage
from workstation.theme import apply_theme, system_theme
from workstation.widgets.labels import label
from workstation.words import tr, trn

if TYPE_CHECKING:
    from workstation.reading.desk import ReadingDesk
    from workstation.reading.page import ReadingPage

MESSAGE_MS = 6000


class MainWindow(QMainWindow):
    """One window, one open folder.

    Parameters
    ----------
    bridge : the window closes it when it closes.
    task : what is read.

    Signals
    -------
    on_screen : painted for the first time; what takes long may begin.
    """

    on_screen = Signal()

    def __init__(self, bridge: Bridge, *, task: str = "breast_lesion", version: str = "") -> None:
        super().__init__()
        self.setWindowTitle("SonoFuse")
        self.setAccessibleName("SonoFuse")
        self.setAcceptDrops(True)
        self._bridge, self._task, self.version, self._theme = bridge, task, version, "dark"
        self._may_close = False
        self.preferences = Preferences()
        self.keys = own_keys(self.preferences.get("keys"))
        self._reading: tuple[ReadingDesk, ReadingPage] | None = None
        self._is_painted = self._is_restored = False
        self.welcome = WelcomePage(has_demo=_demo().is_dir() and any(_demo().iterdir()))
        self.opening = OpeningPage()
        self.batch = BatchPlace(bridge, load_task(task), self)
        self.evaluation = EvaluationPlace(bridge, self)
        self._case_wanted = ""
        self.admin = AdminPlace(load_task(task), bridge, self.preferences, self)
        self.admin.names = lambda: self.desk.names()
        self.admin.open_folder = lambda: self.desk.session.folder.path if self.desk.session is not None else ""
        self._pages = QStackedWidget()
        self._pages.setAccessibleName(tr("Pages"))
        for page in (self.welcome, self.opening):
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        self._make_status_bar()
        self._make_menus()
        self._wire()
        self.on_screen.connect(self._made_reading)

    @property
    def desk(self) -> ReadingDesk:
        """What is being read."""
        return self._made_reading()[0]

    @property
    def page(self) -> ReadingPage:
        """Viewers and forms."""
        return self._made_reading()[1]

    def _made_reading(self) -> tuple[ReadingDesk, ReadingPage]:
        """Desk and page are made after the first paint, or when something asks for them before that."""
        if self._reading is None:
            from workstation.reading.desk import ReadingDesk
            from workstation.reading.page import ReadingPage

            desk = ReadingDesk(self._bridge, self)
            page = ReadingPage(load_task(self._task), desk)
            self._reading = desk, page
            self._pages.addWidget(page)
            page.controls.fill_menus(self.menus.draw, self.menus.view)
            page.viewers.set_keys(with_keys(self.keys))
            desk.session_changed.connect(self._session_is_open)
            desk.trouble.connect(self._tell_trouble)
            desk.saved.connect(self._tell_saved)
            desk.hint.connect(self.tell)
            page.viewers.hint.connect(self.tell)
            self._choose_for_reading(desk, self.admin.choices)
            if self._is_restored:
                self._restore_page(page)
        return self._reading

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self.on_screen.emit)

    def _make_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setAccessibleName(tr("Messages"))
        self._note = label("", "dim", name=tr("Message"))
        research = label(tr(RESEARCH_USE), "research")
        research.setContentsMargins(0, 0, 12, 0)
        self._note.setContentsMargins(12, 0, 0, 0)
        bar.addWidget(self._note, 1)
        bar.addPermanentWidget(self.batch.badge)
        bar.addPermanentWidget(research)
        self._quiet = QTimer(self, singleShot=True, interval=MESSAGE_MS)
        self._quiet.timeout.connect(lambda: self._note.setText(""))

    def _make_menus(self) -> None:
        self.menus = Menus(self, self.keys, lambda command: self._handler(command.name)(*command.arguments))
        self.actions_by_name = self.menus.actions
        self.actions_by_name["open_demo"].setEnabled(_demo().is_dir())

    def _handler(self, name: str) -> Callable[..., Any]:
        """Who does what a command says."""
        if name in ("next_case", "previous_case"):
            return lambda: self.desk.move(1 if name == "next_case" else -1)
        if name in ("save", "save_and_next"):
            return lambda: getattr(self.desk, name)()
        viewers = self.page.viewers
        view = viewers.linked.active.view
        places = (self, self.page, self.admin, viewers, viewers.linked, self.desk.marks, self.desk, view)
        return next(getattr(place, name) for place in places if hasattr(place, name))

    def _wire(self) -> None:
        self.welcome.open_folder.connect(self.open_folder)
        self.welcome.open_demo.connect(self.open_demo)
        self.opening.cancel.connect(self._bridge.cancel_folder)
        self.admin.chosen.connect(self._choose)
        self.admin.told.connect(self.tell)
        self.admin.trouble.connect(self._tell_trouble)
        self.admin.restored.connect(lambda: self.desk.reload())
        self.admin.restored.connect(self.batch.reload)
        self.admin.models_changed.connect(lambda: self.desk.choose_model(self._bridge.model))
        self.admin.report_wanted.connect(self.evaluation.show_report)
        self.admin.comparison_wanted.connect(self.evaluation.show_comparison)
        self._choose(self.admin.choices)
        self.batch.case_wanted.connect(self.show_case)
        self.batch.told.connect(self.tell)
        self.evaluation.case_wanted.connect(self.show_case)
        self.evaluation.seen.connect(lambda cases: self.desk.mark_seen(cases))
        self.batch.seen.connect(lambda cases: self.desk.mark_seen(cases))

    def _tell_saved(self, case_id: str) -> None:
        state = self.desk.current
        sealed = state is not None and state.case.case_id == case_id and state.to_reveal
        self.tell(tr("First reading sealed; the AI is shown now.") if sealed else tr("Reading saved."))

    def tell(self, sentence: str) -> None:
        """A short word at the bottom, which goes by itself."""
        self._note.setText(sentence)
        self._quiet.start()

    def open_path(self, path: str) -> None:
        """Open a folder, a DICOM file or a manifest; progress and cancel are on screen."""
        self._if_saved(lambda: self._begin_opening(path))

    def open_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, tr("Open a folder of ultrasound studies"), self.admin.choices.studies_folder
        )
        if chosen:
            self.open_path(chosen)

    def open_demo(self) -> None:
        self.open_path(str(_demo()))

    def score_folder(self) -> None:
        """The batch window, with the open folder proposed."""
        self.batch.show(self.desk.session.folder.path if self.desk.session is not None else "")

    def evaluate_model(self) -> None:
        """The Evaluation window, with the open folder proposed."""
        self.evaluation.show(self.desk.session.folder.path if self.desk.session is not None else "")

    def show_case(self, folder: str, case_id: str) -> None:
        """Read this case; its folder is opened unless it is open."""
        self._case_wanted = case_id
        self.activateWindow()
        self.raise_()
        if self.desk.session is not None and Path(self.desk.session.folder.path) == Path(folder):
            self._go_to_wanted()
        else:
            self.open_path(folder)

    def _go_to_wanted(self) -> None:
        row = self.desk.session.find(self._case_wanted) if self.desk.session and self._case_wanted else None
        self._case_wanted = ""
        if row is not None:
            self._pages.setCurrentWidget(self.page)
            self.desk.go_to(row)

    def show_refusals(self) -> None:
        if self.desk.session is not None:
            refusals_dialog(self.desk.session.folder, self).show()

    def show_keys(self) -> None:
        from workstation.keys_dialog import KeysDialog

        dialog = KeysDialog(self.keys, self)
        dialog.changed.connect(self.set_keys)
        dialog.show()

    def set_keys(self, keys: Keys) -> None:
        """The person's own keys, from now on and at the next start."""
        self.keys = dict(keys)
        self.preferences.set("keys", {name: list(given) for name, given in keys.items()} or None)
        self.preferences.save()
        self.menus.set_keys(keys)
        if self._reading is not None:
            self.page.viewers.set_keys(with_keys(keys))

    def show_about(self) -> None:
        about_dialog(self.version, self).show()

    def toggle_theme(self) -> None:
        theme = "light" if self._theme == "dark" else "dark"
        self.admin.choose(replace(self.admin.choices, theme=theme))

    def _choose(self, choices: Choices) -> None:
        """The preferences hold from now on."""
        self._bridge.device = choices.device
        if self._reading is not None:
            self._choose_for_reading(self.desk, choices)
        self.batch.set_sealed(choices.sealed)
        self.evaluation.set_sealed(choices.sealed)
        theme = system_theme() if choices.theme == "system" else choices.theme
        if theme != self._theme:
            self._theme = theme
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            apply_theme(app, theme)
            if self._reading is not None:
                self.page.refresh_theme()

    def _choose_for_reading(self, desk: ReadingDesk, choices: Choices) -> None:
        desk.autosave.is_on = choices.autosave
        desk.set_sealed(choices.sealed)

    def restore_place(self) -> bool:
        """Put window and viewers as they were left; False when the window has no remembered place."""
        self._is_restored = True
        if self._reading is not None:
            self._restore_page(self.page)
        kept = QByteArray.fromBase64(self.preferences.get("window", "").encode())
        return not kept.isEmpty() and self.restoreGeometry(kept)

    def _restore_page(self, page: ReadingPage) -> None:
        page.viewers.restore_layout(self.preferences.get("viewers", {}))
        sizes = self.preferences.get("split", [])
        if len(sizes) == page.split.count() and all(isinstance(size, int) and size > 0 for size in sizes):
            page.split.setSizes(sizes)

    def _keep_place(self) -> None:
        if self._reading is not None:
            self.preferences.set("viewers", self.page.viewers.layout_left())
            if self._pages.currentWidget() is self.page:
                self.preferences.set("split", self.page.split.sizes())
        self.preferences.set("window", bytes(self.saveGeometry().toBase64().data()).decode())
        self.preferences.save()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            QTimer.singleShot(0, self, lambda: self.open_path(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        n = 0 if self._may_close or self._reading is None else self.desk.not_kept()
        if n:
            event.ignore()
            self._ask_about(n, self._close_now)
            return
        self._keep_place()
        self._bridge.close()
        event.accept()

    def _close_now(self) -> None:
        self._may_close = True
        self.close()

    def _if_saved(self, then: Callable[[], None]) -> None:
        """Go on at once where all is on the disk; else when the person had it stored or discarded it."""
        n = self.desk.not_kept()
        if n:
            self._ask_about(n, then)
        else:
            then()

    def _ask_about(self, n: int, then: Callable[[], None]) -> None:
        keeps = self.desk.autosave.is_on
        box = not_kept_question(n, self.desk.why_not_kept, self) if keeps else unsaved_question(n, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answered(button: Any) -> None:
            match box.buttonRole(button):
                case QMessageBox.ButtonRole.AcceptRole if keeps:
                    self._if_saved(then)
                case QMessageBox.ButtonRole.AcceptRole:
                    self.desk.save_all(then)
                case QMessageBox.ButtonRole.DestructiveRole:
                    self.desk.give_up()
                    then()

        box.buttonClicked.connect(answered)
        box.open()

    def _begin_opening(self, path: str) -> None:
        before = self._pages.currentWidget()
        self.welcome.show_message("")
        self.opening.begin(Path(path).name or path)
        self._pages.setCurrentWidget(self.opening)
        self._bridge.open_folder(
            path,
            self._task,
            on_result=self._opened,
            on_error=lambda error: self._not_opened(before, error),
            on_progress=self.opening.show_progress,
        )

    def _opened(self, folder: StudyFolder) -> None:
        if folder.cases:
            self.desk.take_folder(folder)
            return
        self._pages.setCurrentWidget(self.welcome)
        n = len(folder.refusals)
        reason = tr(" The first reason: {sentence}", sentence=folder.refusals[0].sentence) if n else ""
        looked = tr("{n} files were looked at.", n=n) if n else tr("It holds no files.")
        self.welcome.show_message(
            tr(
                "{name} has no ultrasound case. {looked}{reason}",
                name=Path(folder.path).name,
                looked=looked,
                reason=reason,
            )
        )

    def _not_opened(self, before: QWidget | None, error: CaseError) -> None:
        self._pages.setCurrentWidget(self.page if before is self.page else self.welcome)
        if error.kind is ErrorKind.STOPPED and error.sentence == "Cancelled.":
            self.tell(tr("Opening was cancelled."))
        elif before is self.page:
            self._tell_trouble(error.sentence)
        else:
            self.welcome.show_message(error.sentence)

    def _session_is_open(self) -> None:
        session = self.desk.session
        if session is None:
            return
        self._pages.setCurrentWidget(self.page)
        self.page.focus_images()
        self.setWindowTitle(f"{Path(session.folder.path).name} — SonoFuse")
        n = len(session.folder.refusals)
        self.menus.show_refusals(n)
        if n:
            self.tell(
                trn(
                    "{n} file was not opened; the File menu says why.",
                    "{n} files were not opened; the File menu says why.",
                    n,
                )
            )
        self._go_to_wanted()

    def _tell_trouble(self, sentence: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "SonoFuse", sentence, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


def _demo() -> Path:
    return resource("demo_study")
